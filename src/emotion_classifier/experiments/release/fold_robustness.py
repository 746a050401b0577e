"""Robustness of the models of folds on their own test speakers, for a model card. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emotion_classifier.audio.augmentation import AugmentationConfig
from emotion_classifier.corpora.splits import Split
from emotion_classifier.experiments.data.load import RunData, evenly_spaced
from emotion_classifier.experiments.stress.conditions import card_conditions
from emotion_classifier.experiments.stress.paired_predictions import (
    condition_facts,
    lowest_rate_hz,
    lowest_snr_db,
    predict_pairs,
)
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.units import Hertz

CLIPS_PER_FOLD = 20
"""Test clips of each fold that are predicted in every condition."""


def robustness_facts(
    runs: Sequence[RunFolder],
    data: RunData,
    chain: Sequence[AugmentationConfig],
    sample_rate: Hertz,
    seed: int,
) -> dict[str, Any]:
    """Fields of `CardFacts`: the scores in every condition, and the operating range.

    Parameters
    ----------
    chain : augmentation of the training, as in `card_conditions`.
    sample_rate : of the models.
    seed : of the conditions.
    """
    folds = []
    for run in runs:
        test = data.part(Split.load(run.split), "test")
        chosen = evenly_spaced(test, CLIPS_PER_FOLD)
        folds.append((Predictor.load(run.model), chosen, [data.clips[u.id] for u in chosen]))
    rows = []
    for number, condition in enumerate(card_conditions(chain)):
        condition.chain.prepare(sample_rate)
        pairs = [predict_pairs(*fold, condition, seed + number) for fold in folds]
        rows.append((condition, condition_facts(condition, pairs)))
    return {
        "robustness": tuple(facts for _, facts in rows),
        "lowest_snr_db": lowest_snr_db(rows),
        "lowest_rate_hz": lowest_rate_hz(rows, sample_rate),
    }
