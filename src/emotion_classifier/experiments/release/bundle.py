"""Models for publication: evaluated by folds of unseen speakers, then trained on all speakers.

The published weights are not evaluated themselves: no unseen speaker is left. Their card has the
scores of the same settings on unseen speakers, and nothing is chosen after that.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emotion_classifier.corpora.splits import Split
from emotion_classifier.errors import ConfigError, ModelFolderError, storage_errors
from emotion_classifier.evaluation.calibration import calibration_error
from emotion_classifier.evaluation.corpus_scores import corpus_scores
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.rejection import rejection
from emotion_classifier.evaluation.scores import Score, group_scores
from emotion_classifier.experiments.data.load import RunData, evenly_spaced
from emotion_classifier.experiments.evaluate.robustness import (
    condition_facts,
    conditions,
    lowest_rate_hz,
    lowest_snr_db,
    predict_pairs,
)
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.cross_validation import cross_validate
from emotion_classifier.experiments.train.plan import plan_run
from emotion_classifier.experiments.train.run import create_run, find_run
from emotion_classifier.experiments.train.train_model import (
    Calibration,
    fit_calibration,
    train_model,
)
from emotion_classifier.inference.emotion_model import EmotionModel, Logits
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import (
    GRAPH,
    SPECIFICATION,
    WEIGHTS,
    read_specification,
    write_specification,
)
from emotion_classifier.model_folder.specification import CardFacts, GroupFacts, ScoreFacts
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.storage import write_atomically
from emotion_classifier.training.fit import require_last_epoch


def score_facts(pooled: LabelledPredictions, seed: int) -> tuple[ScoreFacts, ...]:
    """The score on each corpus; also restricted to its emotions where it lacks some of the model's."""
    rng = np.random.default_rng(seed)
    corpora = corpus_scores(pooled, (), rng)
    return tuple(ScoreFacts(**_fields(row)) for corpus in corpora for row in corpus.scores)


def group_facts(pooled: LabelledPredictions, seed: int) -> tuple[GroupFacts, ...]:
    """The scores by sex and by intensity on each corpus that has several of them."""
    rng = np.random.default_rng(seed)
    rows = []
    corpora = np.array(pooled.corpora, dtype=object)
    for corpus in sorted(set(pooled.corpora)):
        clips = pooled.select(corpora == corpus)
        for by, keys in (("sex", clips.sexes), ("intensity", clips.intensities)):
            if len(set(keys)) > 1:
                for row in group_scores(clips, keys, rng):
                    fields = _fields(row.renamed(f"{corpus}: {row.name}"))
                    rows.append(GroupFacts(by=by, **fields))
    return tuple(rows)


def calibration_facts(pooled: LabelledPredictions, uncertain_below: float) -> dict[str, Any]:
    """Fields of `CardFacts`: calibration error of the confidences, and coverage and accuracy above the threshold."""
    kept = rejection(pooled.confidence, pooled.correct, uncertain_below)
    return {
        "calibration_error": calibration_error(pooled.confidence, pooled.correct),
        "coverage": kept.coverage,
        "accuracy_when_sure": None if np.isnan(kept.accuracy) else kept.accuracy,
    }


def _fields(row: Score) -> dict[str, Any]:
    """Fields of `ScoreFacts`."""
    bounds = row["uar"].interval
    return {
        "name": row.name,
        "clips": row.clips,
        "speakers": row.speakers,
        "uar": row["uar"].value,
        "low": bounds.low if bounds else None,
        "high": bounds.high if bounds else None,
        "accuracy": row["accuracy"].value,
    }


CLIPS_PER_FOLD = 120
"""Test clips of each fold that are predicted in every condition."""


def bundle(
    config: RunConfig, output: Path, *, root: Path = Path("runs"), progress: Report = ignore
) -> Path:
    """Evaluate by folds, train on all speakers, and write a model folder for prediction with a card.

    Finished work of an earlier call with the same settings is not repeated.

    Parameters
    ----------
    config : its split has folds; its training keeps the last epoch.
    output : folder of the model, which is returned; a bundled model in it is replaced.
    root : of the runs: the folds are ``root/experiment/label-fold1`` and so on, the training on all
        speakers is ``root/experiment/label-all``.
    progress : receives progress, messages and the tables of scores.

    Raises
    ------
    ConfigError
        Settings that need a validation part, or statistics of speakers.
    ModelFolderError
        `output` is the model folder of a run.
    """
    _require_suitable(config, output)
    validated = cross_validate(config, root=root, progress=progress)
    runs, data, pooled = validated.runs, validated.data, validated.evaluation.predictions
    final = _train_on_all(config, data, _calibrate(runs, data), root, progress)
    progress(Progress("measuring robustness"))
    specification = read_specification(final.model)
    card = CardFacts(
        procedure=_procedure(len(runs)),
        scores=score_facts(pooled, config.seed),
        groups=group_facts(pooled, config.seed),
        **calibration_facts(pooled, specification.uncertain_below),
        **_robustness_facts(config, runs, data),
    )
    with storage_errors(output, "Choose another folder with --output."):
        output.mkdir(parents=True, exist_ok=True)
    remedy = "Free some space and run again."
    write_atomically(output / GRAPH, (final.model / GRAPH).read_bytes(), remedy)
    name = f"{config.experiment}-{config.label}"
    write_specification(output, specification.model_copy(update={"name": name, "card": card}))
    return output


def _require_suitable(config: RunConfig, output: Path) -> None:
    require_last_epoch(config.training)
    if config.model.standardisation.kind == "per_speaker":
        raise ConfigError(
            "model.standardisation.kind: per_speaker needs several clips of each speaker, which users "
            "do not have: choose per_bin"
        )
    if (output / WEIGHTS).exists():
        raise ModelFolderError(
            f"{output} is the model folder of a run: choose another one with --output"
        )


def _procedure(folds: int) -> str:
    return (
        f"Cross-validation with {folds} folds: each clip was predicted by a model that was trained "
        "on no clip of its speaker. The published weights were then trained on all speakers with "
        "the same settings and the same number of epochs; they were not evaluated, for no unseen "
        "speaker is left. Temperature and threshold come from the validation speakers of the folds."
    )


def _calibrate(runs: Sequence[RunFolder], data: RunData) -> Calibration:
    """The calibration fitted on the validation parts of all folds together."""
    logits: list[Logits] = []
    targets = []
    for run in runs:
        utterances = data.part(Split.load(run.split), "validation")
        clips = [data.clips[utterance.id].samples() for utterance in utterances]
        logits += EmotionModel.load(run.model).crop_logits(clips)
        targets.append(data.targets(utterances))
    return fit_calibration(logits, np.concatenate(targets))


def _train_on_all(
    config: RunConfig, data: RunData, calibration: Calibration, root: Path, progress: Report
) -> RunFolder:
    """The finished run on all speakers: an existing one, continued where necessary, or a new one."""
    config = config.model_copy(update={"label": f"{config.label}-all"})
    folder = find_run(config, root)
    if folder is None or not (folder.model / SPECIFICATION).is_file():
        split = Split({utterance.id: "train" for utterance in data.utterances})
        plan = plan_run(config, data, split)
        folder = folder or create_run(root, plan)
        clips = f"{len(data.utterances)} clips, all for training"
        progress(Progress(f"run: {folder.path}: {clips}"))
        train_model(folder, plan, progress, calibration)
    return folder


def _robustness_facts(
    config: RunConfig, runs: Sequence[RunFolder], data: RunData
) -> dict[str, Any]:
    """Fields of `CardFacts`: the scores of each fold's model in every condition, on its own test speakers."""
    chain = config.augmentation.chain if config.augmentation is not None else ()
    folds = []
    for run in runs:
        test = data.part(Split.load(run.split), "test")
        chosen = evenly_spaced(test, CLIPS_PER_FOLD)
        folds.append((Predictor.load(run.model), chosen, [data.clips[u.id] for u in chosen]))
    rows = []
    for number, condition in enumerate(conditions(chain)):
        condition.chain.prepare(config.input.sample_rate)
        pairs = [predict_pairs(*fold, condition, config.seed + number) for fold in folds]
        rows.append((condition, condition_facts(condition, pairs)))
    return {
        "robustness": tuple(facts for _, facts in rows),
        "lowest_snr_db": lowest_snr_db(rows),
        "lowest_rate_hz": lowest_rate_hz(rows, config.input.sample_rate),
    }
