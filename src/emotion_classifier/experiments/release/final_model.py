"""A chosen run, or the folds of a cross-validation with one or several seeds, repeated on all speakers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TypeVar

from emotion_classifier.config import load_config
from emotion_classifier.corpora.splits import Split, WholeCorpusConfig
from emotion_classifier.errors import ConfigError, RunError
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.report.earlier import read_earlier
from emotion_classifier.experiments.cross_validation.folds import run_name
from emotion_classifier.experiments.data.load import RunData, load_corpora
from emotion_classifier.experiments.release.card_facts import (
    calibration_facts,
    group_facts,
    score_facts,
    speaker_facts,
)
from emotion_classifier.experiments.release.train_on_all import train_on_all
from emotion_classifier.experiments.release.unseen_clips import (
    fit_clips,
    test_predictions,
    validation_clips,
)
from emotion_classifier.experiments.train.calibration import Calibration
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.run import check_paths, kept_epoch
from emotion_classifier.model_folder.folder import (
    SPECIFICATION,
    read_specification,
    write_specification,
)
from emotion_classifier.model_folder.specification import CardFacts, GroupFacts, ScoreFacts
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.run_folder import CROSS_VALIDATION, RunFolder
from emotion_classifier.runs.seed_runs import read_seed_runs
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.launch import require_single_command

Facts = TypeVar("Facts", ScoreFacts, GroupFacts)

NO_SCORE = (
    "Trained on all speakers of its corpora: it has no held-out score of its own. The scores in its "
    "card are those of {source}."
)
_SUFFIX = "-final"
"""Behind the name of the run or cross-validation that is repeated."""


@dataclass(frozen=True)
class _Source:
    """The runs to repeat: one, or the folds of a cross-validation, with the settings `config`.

    Parameters
    ----------
    config : of the first seed.
    runs : all folds of all seeds.
    seeds : number of seeds.
    """

    path: Path
    config: RunConfig
    runs: tuple[RunFolder, ...]
    is_cross_validation: bool
    seeds: int = 1

    @property
    def epochs(self) -> list[int]:
        """The number of the epoch that each run kept."""
        training = self.config.training
        return [kept_epoch(read_history(run.history), training) for run in self.runs]


def train_final(path: Path, *, root: Path = Path("runs"), progress: Report = ignore) -> RunFolder:
    """Repeat a finished run on all speakers of its corpora, for the number of epochs that it kept.

    Of the folds of a cross-validation, with all its seeds, it is the median of their kept epochs,
    rounded; the seed is the first. The learning rate is that of the same epochs of the run; an epoch has more steps, as it has more clips. The last epoch
    is kept. Temperature and threshold are those of the run; of folds they are fitted on the
    validation speakers of all of them. The card has the scores of the run or of the folds.

    Corpora that are only tested ({kind: all, part: test}) and clips that the split left out stay out.

    Parameters
    ----------
    path : a run, or the common folder of a cross-validation, ``root/experiment/label-folds``, or of
        one with several seeds, ``label-seeds``.
    root : of the runs; the folder is ``root/experiment/NAME-final``. A finished one of the same
        settings is kept, an interrupted one is continued.
    progress : receives the progress of the training.

    Raises
    ------
    RunError
        `path` is neither, it is not finished, or its clips are no longer there.
    ConfigError
        Settings that need a validation part in every training, or, of folds, statistics of speakers.
    """
    require_single_command()
    source = _open(path)
    config = final_config(source.config, source.epochs, f"{path.absolute().name}{_SUFFIX}")
    if source.is_cross_validation:
        _require_no_speaker_statistics(config)
    check_paths(source.runs[0], source.config)
    data = load_corpora(config, config.input.build(), progress)
    split = _split(source, data)
    progress(Progress(f"{path}: kept epochs {_numbers(source.epochs)}"))
    calibration = _calibration(source, data)
    folder = train_on_all(config, data, split, calibration, root, progress)
    _write_card(folder, source, config, calibration)
    return folder


def final_config(config: RunConfig, kept: Sequence[int], label: str) -> RunConfig:
    """The settings of the training on all speakers.

    Parameters
    ----------
    kept : number of the epoch that each run kept.

    Raises
    ------
    ConfigError
        A schedule that needs a validation part.
    """
    tested = {
        name: split
        for name, split in config.corpus_splits.items()
        if isinstance(split, WholeCorpusConfig) and split.part == "test"
    }
    update = {
        "label": run_name(label),
        "split": WholeCorpusConfig(part="train"),
        "corpus_splits": tested,
        "training": _training(config.training, int(median(kept) + 0.5)),
    }
    return config.of_fold(f"folds{_SUFFIX}").model_copy(update=update)


def _training(training: TrainingConfig, epochs: int) -> TrainingConfig:
    """The training, ended after `epochs` with the learning rates that they had."""
    schedule = training.schedule
    if schedule.kind != "cosine":
        raise ConfigError(
            f"training.schedule.kind: {schedule.kind} follows the validation score, and a training on all "
            "speakers has none: repeat a run with {kind: cosine}"
        )
    if epochs != training.epochs and schedule.epochs is None:
        schedule = schedule.model_copy(update={"epochs": training.epochs})
    update = {"epochs": epochs, "schedule": schedule, "keep": "last", "early_stopping": None}
    return training.model_copy(update=update)


def _open(path: Path) -> _Source:
    """The run or the cross-validation in a folder, finished."""
    if (seeds := read_seed_runs(path)) is not None:
        first, *_ = seeds.cross_validations
        config = load_config(RunConfig, first / CROSS_VALIDATION)
        runs = tuple(_finished(RunFolder.open(run.path)) for run in seeds.runs)
        return _Source(path, config, runs, is_cross_validation=True, seeds=len(seeds.folds))
    settings = path / CROSS_VALIDATION
    if not settings.is_file():
        run = _finished(
            RunFolder.open(
                path, "give a run, or LABEL-folds or LABEL-seeds of `emotion cross-validate`"
            )
        )
        return _Source(path, load_config(RunConfig, run.config), (run,), is_cross_validation=False)
    runs = tuple(_finished(RunFolder.open(path.parent / name)) for name in _run_names(path))
    return _Source(path, load_config(RunConfig, settings), runs, is_cross_validation=True)


def _run_names(path: Path) -> list[str]:
    """The folders of the folds, as the common report lists them."""
    report = read_earlier(path / "report.json")
    if report is None or report.folds is None:
        raise RunError(
            f"{path} has no report.json of a cross-validation: give LABEL-folds or LABEL-seeds, or start "
            "`emotion cross-validate` again, which keeps the finished runs and writes it anew"
        )
    return [name for names in report.folds.runs.values() for name in names]


def _finished(run: RunFolder) -> RunFolder:
    if not (run.model / SPECIFICATION).is_file() or not run.report.is_file():
        raise RunError(
            f"{run.path} is not finished, or was trained on all speakers itself: finish it with "
            f"`emotion train --resume {run.path}`, or give another run"
        )
    return run


def _require_no_speaker_statistics(config: RunConfig) -> None:
    if config.model.standardisation.kind == "per_speaker":
        raise ConfigError(
            "model.standardisation.kind: per_speaker: temperature and threshold of folds are fitted "
            "without statistics of speakers: give the run of a single fold instead"
        )


def _split(source: _Source, data: RunData) -> Split:
    """Every clip that has a part in the runs, for training; but corpora that are only tested."""
    tested = source.config.corpus_splits
    corpora = {
        u.corpus
        for u in data.utterances
        if not (isinstance(s := tested.get(u.corpus), WholeCorpusConfig) and s.part == "test")
    }
    parts = data.saved_split(source.runs[0].split).parts
    used = [u for u in data.utterances if u.corpus in corpora and u.id in parts]
    left_out = {u.id: "not in the split of the run" for u in data.utterances if u.id not in parts}
    return Split({u.id: "train" for u in used}, left_out)


def _calibration(source: _Source, data: RunData) -> Calibration:
    if source.is_cross_validation:
        return fit_clips(validation_clips(source.runs, data), data, source.config.training.risk)
    specification = read_specification(source.runs[0].model)
    return Calibration(
        specification.temperature,
        specification.uncertain_below,
        specification.corpus_temperatures,
    )


def _write_card(
    folder: RunFolder, source: _Source, config: RunConfig, calibration: Calibration
) -> None:
    """Add the scores of the source, and a note that the model has none of its own."""
    specification = read_specification(folder.model)
    before = [note for run in source.runs for note in read_specification(run.model).notes]
    scored = _scored(source, calibration.temperature)
    card = CardFacts(
        procedure=_procedure(source, config.training.epochs),
        scores=_of_one_seed(score_facts(scored, config.seed), source.seeds),
        groups=_of_one_seed(group_facts(scored, config.seed), source.seeds),
        speakers=speaker_facts(scored),
        **calibration_facts(scored, calibration.uncertain_below),
    )
    notes = (NO_SCORE.format(source=source.path.absolute().name), *specification.notes, *before)
    # Anew also for weights of an earlier call, after which the folds may have been trained again.
    update = {**calibration.fields, "card": card, "notes": tuple(dict.fromkeys(notes))}
    write_specification(folder.model, specification.model_copy(update=update))


def _scored(source: _Source, temperature: float) -> LabelledPredictions:
    """The predictions of all test parts; with several seeds each clip is there once for each."""
    folds = len(source.runs) // source.seeds
    tables = []
    for seed in range(source.seeds):
        own = test_predictions(source.runs[seed * folds : (seed + 1) * folds], temperature)
        ids = own.ids if source.seeds == 1 else tuple(f"{clip}, seed {seed}" for clip in own.ids)
        tables.append(replace(own, ids=ids))
    return concatenate(tables)


def _of_one_seed(facts: tuple[Facts, ...], seeds: int) -> tuple[Facts, ...]:
    """The facts with the number of clips: every seed predicts each of them."""
    return tuple(one.model_copy(update={"clips": one.clips // seeds}) for one in facts)


def _procedure(source: _Source, epochs: int) -> str:
    name = source.path.absolute().name
    if source.is_cross_validation:
        folds = f"{len(source.runs) // source.seeds} folds"
        models, scores = "a model that was", ""
        if source.seeds > 1:
            folds += f" and {source.seeds} seeds"
            models, scores = "models of all seeds that were", " The scores are of all predictions."
        scored = (
            f"Cross-validation {name} with {folds}: each clip was predicted by {models} trained on no "
            f"clip of its speaker.{scores}"
        )
        rule = f"the median of the epochs that the folds kept ({_numbers(source.epochs)})"
        fitted = "were fitted on the validation speakers of the folds"
    else:
        scored = (
            f"Run {name}: the clips of its test part were predicted by a model that was trained on no "
            "clip of their speakers."
        )
        rule = "the number of the epoch that the run kept"
        fitted = "are those of the run, fitted on its validation speakers"
    return (
        f"{scored} The weights of this folder were then trained with the same settings on all speakers "
        f"for {epochs} epochs, {rule}; they were not evaluated, for no unseen speaker is left. "
        f"Temperature and threshold {fitted}."
    )


def _numbers(values: Sequence[int]) -> str:
    return ", ".join(map(str, values))
