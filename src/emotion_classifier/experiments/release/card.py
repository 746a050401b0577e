"""The facts of a model card, measured on the models of the folds and on the published file."""

from __future__ import annotations

from collections.abc import Sequence

from emotion_classifier.audio.augmentation.background_noise import BackgroundNoiseConfig
from emotion_classifier.experiments.cross_validation.left_out_corpora import LeaveOneCorpusOut
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.release.card_facts import (
    calibration_facts,
    group_facts,
    left_out_facts,
    score_facts,
    speaker_facts,
)
from emotion_classifier.experiments.release.fold_robustness import robustness_facts
from emotion_classifier.experiments.release.left_out import LeftOutPredictions
from emotion_classifier.experiments.release.unseen_clips import (
    left_out_predictions,
    test_predictions,
)
from emotion_classifier.experiments.stress.false_emotions import measure_false_emotions
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.specification import CardFacts
from emotion_classifier.progress import Progress, Report
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.units import Seconds

SOUND_SECONDS: Seconds = 1800.0
"""Duration of each kind of sound in which false emotions are counted."""
_PUBLISHED = (
    "Rows with published weights: every clip was predicted once by the published file, which was "
    "neither trained nor calibrated on these corpora. The settings may have been chosen with a view to "
    "some of them. Clips of emotions that the model lacks are left out."
)
_TURNS = (
    "Rows with weights of the other corpora: the corpus was predicted by a model that was trained with "
    "the same settings on training speakers of the other training corpora."
)
_VALIDATION_SPEAKERS = (
    "Temperature and thresholds were fitted on the validation speakers of the folds."
)
_CORPORA_IN_TURN = (
    "Temperature and thresholds were fitted on the training corpora, each predicted by a model that was "
    "trained on the others."
)


def folds_card(
    config: RunConfig,
    runs: Sequence[RunFolder],
    data: RunData,
    published: Predictor,
    progress: Report,
) -> CardFacts:
    """The scores of the folds, and the emotions that the published file finds in other sound."""
    specification = published.specification
    pooled = test_predictions(runs, specification.temperature)
    chain = config.augmentation.chain if config.augmentation is not None else ()
    sounds = next((c.path for c in chain if isinstance(c, BackgroundNoiseConfig)), None)
    progress(Progress("counting emotions in sound without emotion"))
    false_emotions = tuple(measure_false_emotions(published, sounds, SOUND_SECONDS, config.seed))
    progress(Progress("measuring robustness"))
    return CardFacts(
        procedure=f"{_procedure(len(runs))} {_VALIDATION_SPEAKERS}",
        scores=score_facts(pooled, config.seed),
        groups=group_facts(pooled, config.seed),
        speakers=speaker_facts(pooled),
        false_emotions=false_emotions,
        **calibration_facts(pooled, specification.uncertain_below),
        **robustness_facts(runs, data, chain, config.input.sample_rate, config.seed),
    )


def with_left_out(card: CardFacts, found: LeftOutPredictions, seed: int) -> CardFacts:
    """The card with the scores and groups of the left-out corpora."""
    update = {
        "left_out_procedure": _PUBLISHED,
        "left_out": left_out_facts(found.predictions, found.corpora.data.languages, seed),
        "groups": (*card.groups, *group_facts(found.predictions, seed)),
    }
    return card.model_copy(update=update)


def with_turns(card: CardFacts, turns: LeaveOneCorpusOut, data: RunData, seed: int) -> CardFacts:
    """The card of a model that is calibrated on its training corpora, each left out in turn.

    It has their scores too, without calibration errors, which the fit has made small.
    """
    rows = [
        row.model_copy(update={"published": False, "calibration_error": None})
        for found in left_out_predictions(turns)
        for row in left_out_facts(found, data.languages, seed)
    ]
    update = {
        "procedure": card.procedure.replace(_VALIDATION_SPEAKERS, _CORPORA_IN_TURN),
        "left_out_procedure": f"{card.left_out_procedure} {_TURNS}".strip(),
        "left_out": (*card.left_out, *rows),
    }
    return card.model_copy(update=update)


def _procedure(folds: int) -> str:
    return (
        f"Cross-validation with {folds} folds: each clip was predicted by a model that was trained "
        "on no clip of its speaker. The published weights were then trained on all speakers with "
        "the same settings and the same number of epochs; on these corpora they were not evaluated, for "
        "no unseen speaker is left."
    )
