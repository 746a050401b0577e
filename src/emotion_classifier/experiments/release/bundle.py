"""A model to give away: scored by folds of unseen speakers, then trained on all speakers.

The weights that are given away were never scored themselves: no speaker is left to score them on. What
their card says is how the same settings do on unseen speakers, and nothing is chosen after that.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np
import numpy.typing as npt
from rich.console import Console

from emotion_classifier.audio.waveform_cache import CachedClip
from emotion_classifier.config import dump_config, load_config
from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import ConfigError, ModelFolderError, storage_errors
from emotion_classifier.experiments.data.load import RunData, load_corpora
from emotion_classifier.experiments.evaluate.fit_calibration import Calibration, fit_calibration
from emotion_classifier.experiments.evaluate.robustness import (
    answers,
    condition_facts,
    conditions,
    lowest_rate_hz,
    lowest_snr_db,
)
from emotion_classifier.experiments.release.card_scores import (
    calibration_facts,
    group_facts,
    score_facts,
)
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.cross_validation import cross_validate, run_folds
from emotion_classifier.experiments.train.train_model import train_model
from emotion_classifier.inference.emotion_model import EmotionModel, Logits
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import (
    GRAPH,
    SPECIFICATION,
    WEIGHTS,
    read_specification,
    write_specification,
)
from emotion_classifier.model_folder.specification import CardFacts, ConditionFacts
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.storage import write_atomically
from emotion_classifier.training.fit import require_last_epoch
from emotion_classifier.units import Decibels, Hertz

CLIPS_PER_FOLD = 120
"""Test clips of each fold that are heard in every condition."""


class _RobustnessFacts(TypedDict):
    """Fields of `CardFacts`."""

    robustness: tuple[ConditionFacts, ...]
    lowest_snr_db: Decibels | None
    lowest_rate_hz: Hertz


def bundle(config: RunConfig, root: Path, output: Path, console: Console) -> Path:
    """Score by folds, train on all speakers, write a model folder for prediction with its card.

    Started again with the same settings it goes on where it stopped.

    Parameters
    ----------
    config : its split has folds; its training keeps the last epoch.
    root : of the runs: the folds are ``root/experiment/label-fold1`` and so on, the training on all
        speakers is ``root/experiment/label-all``.
    output : folder of the model; that of an older one is replaced.

    Raises
    ------
    ConfigError
        Settings that cannot do without a validation part, or hear speakers.
    """
    _require_able(config, output)
    pooled = read_predictions(cross_validate(config, None, root, console) / "predictions.csv")
    folds = run_folds(config, None, root, console)
    data = load_corpora(config, config.input.build(), console)
    final = _train_on_all(config, data, _confidence(folds, data), root, console)
    console.print("measuring robustness")
    specification = read_specification(final.model)
    card = CardFacts(
        procedure=_procedure(len(folds)),
        scores=score_facts(pooled, config.seed),
        groups=group_facts(pooled, config.seed),
        **calibration_facts(pooled, specification.uncertain_below),
        **_robustness_facts(config, folds, data),
    )
    with storage_errors(output, "Choose another folder with --output."):
        output.mkdir(parents=True, exist_ok=True)
    remedy = "Free some space and run again."
    write_atomically(output / GRAPH, (final.model / GRAPH).read_bytes(), remedy)
    name = f"{config.experiment}-{config.label}"
    write_specification(output, specification.model_copy(update={"name": name, "card": card}))
    return output


def _require_able(config: RunConfig, output: Path) -> None:
    require_last_epoch(config.training)
    if config.model.standardisation.kind == "per_speaker":
        raise ConfigError(
            "model.standardisation.kind: per_speaker needs several clips of each speaker, and "
            "users have one: choose per_bin"
        )
    if (output / WEIGHTS).exists():
        raise ModelFolderError(
            f"{output} is the model folder of a run: choose another one with --output"
        )


def _procedure(folds: int) -> str:
    return (
        f"Cross-validation with {folds} folds: each clip was answered by a model that had heard no "
        "other clip of its speaker. The weights given away were then trained on all speakers with "
        "the same settings and the same number of epochs; they were not scored, for no speaker is "
        "left. Temperature and threshold come from the validation speakers of the folds."
    )


def _confidence(folds: Sequence[RunFolder], data: RunData) -> Calibration:
    """What the models of all folds say on their own validation speakers, taken together."""
    found = [_validation_logits(fold, data) for fold in folds]
    logits = [clip for fold, _ in found for clip in fold]
    return fit_calibration(logits, np.concatenate([targets for _, targets in found]))


def _validation_logits(
    fold: RunFolder, data: RunData
) -> tuple[list[Logits], npt.NDArray[np.float32]]:
    """Logits (crop, emotion) of each validation clip of a fold, and targets (clip, emotion)."""
    utterances = data.part(Split.load(fold.split), "validation")
    clips = [data.clips[utterance.id].samples() for utterance in utterances]
    return EmotionModel.load(fold.model).crop_logits(clips), data.targets(utterances)


def _train_on_all(
    config: RunConfig, data: RunData, confidence: Calibration, root: Path, console: Console
) -> RunFolder:
    """The run on all speakers: found and finished where it exists, else new."""
    config = config.model_copy(update={"label": f"{config.label}-all"})
    split = Split({utterance.id: "train" for utterance in data.utterances})
    folder = _started(config, root)
    if folder is None:
        folder = RunFolder.create(root, config.experiment, config.label)
        folder.write_environment()
        split.save(folder.split, data.utterances)
        remedy = "Free some space and run again."
        write_atomically(folder.config, dump_config(config).encode(), remedy)
    console.print(f"run: {folder.path}: {len(data.utterances)} clips, all for training")
    if not (folder.model / SPECIFICATION).is_file():
        train_model(folder, config, data, split, console, confidence)
    return folder


def _started(config: RunConfig, root: Path) -> RunFolder | None:
    for path in sorted((root / config.experiment).glob(f"{config.label}*")):
        folder = RunFolder(path)
        if folder.config.is_file() and load_config(RunConfig, folder.config) == config:
            return folder
    return None


def _robustness_facts(
    config: RunConfig, folds: Sequence[RunFolder], data: RunData
) -> _RobustnessFacts:
    """Each fold's model in every condition, on its own test speakers."""
    chain = config.augmentation.chain if config.augmentation is not None else ()
    tested = conditions(chain)
    for condition in tested:
        condition.chain.prepare(config.input.sample_rate)
    heard = [_test_clips(fold, data) for fold in folds]
    predictors = [Predictor.load(fold.model) for fold in folds]
    rows = []
    for number, condition in enumerate(tested):
        found = [
            answers(predictor, utterances, clips, condition, config.seed + number)
            for predictor, (utterances, clips) in zip(predictors, heard, strict=True)
        ]
        rows.append((condition, condition_facts(condition, found)))
    return {
        "robustness": tuple(facts for _, facts in rows),
        "lowest_snr_db": lowest_snr_db(rows),
        "lowest_rate_hz": lowest_rate_hz(rows, config.input.sample_rate),
    }


def _test_clips(fold: RunFolder, data: RunData) -> tuple[list[Utterance], list[CachedClip]]:
    """Some test clips of a fold, from all over their order."""
    test = data.part(Split.load(fold.split), "test")
    some = test[:: max(1, -(-len(test) // CLIPS_PER_FOLD))]
    return some, [data.clips[utterance.id] for utterance in some]
