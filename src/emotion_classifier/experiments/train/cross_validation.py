"""Every fold of a split, trained and scored, then all test parts together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from emotion_classifier.config import load_config
from emotion_classifier.corpora.splits import KFoldConfig, PublishedConfig, Split, SplitConfig
from emotion_classifier.corpora.splits.published_tables import PUBLISHED
from emotion_classifier.errors import ConfigError
from emotion_classifier.evaluation.baselines import TrivialBaseline, pool_folds, trivial_baselines
from emotion_classifier.evaluation.metrics import confusion, uar
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.report.report import make_report
from emotion_classifier.experiments.data.load import RunData, load_corpora
from emotion_classifier.experiments.evaluate.evaluate import Evaluation, write_evaluation
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.run import resume_run, start_run
from emotion_classifier.model_folder.folder import read_specification
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.distributed.launch import require_single_command


def cross_validate(
    config: RunConfig, folds: Sequence[int] | None, root: Path, console: Console
) -> Path:
    """Train and score the folds, and report on their test parts together.

    A fold of the same settings that is done is not trained again, one that was interrupted is
    continued.

    Parameters
    ----------
    config : its split has folds; the fold it names is ignored.
    folds : which ones; None for all.
    root : of the runs; the folds are ``root/experiment/label-fold1`` and so on.

    Returns
    -------
    Folder of the common report, ``root/experiment/label-folds``.

    Raises
    ------
    ConfigError
        The split has no folds, or not these.
    RunError
        torchrun or SLURM has started this several times.
    """
    require_single_command()
    wanted = _wanted_folds(config, folds)
    runs = run_folds(config, folds, root, console)
    scored = [read_predictions(run.predictions) for run in runs]
    together = concatenate(scored)
    data = load_corpora(config, config.input.build(), console)
    fold_baselines = [_trivial_baselines(data, r, s) for r, s in zip(runs, scored, strict=True)]
    warnings = dict.fromkeys(note for run in runs for note in read_specification(run.model).notes)
    report = make_report(
        together,
        title=f"{config.experiment} / {config.label}, folds {', '.join(map(str, wanted))}",
        trivial=pool_folds(fold_baselines),
        target=config.target,
        facts={
            **{f"fold {f}": f"UAR {_uar(s):.1%}" for f, s in zip(wanted, scored, strict=True)},
            "mean of the folds": f"UAR {np.mean([_uar(s) for s in scored]):.1%}",
            "runs": ", ".join(str(run.path) for run in runs),
            "seed": config.seed,
        },
        warnings=tuple(warnings),
        uncertain_below=np.concatenate(
            [
                np.full(len(s), read_specification(run.model).uncertain_below)
                for run, s in zip(runs, scored, strict=True)
            ]
        ),
        seed=config.seed,
    )
    folder = root / config.experiment / f"{config.label}-folds"
    write_evaluation(Evaluation(together, (), report), folder, console)
    return folder


def run_folds(
    config: RunConfig, folds: Sequence[int] | None, root: Path, console: Console
) -> list[RunFolder]:
    """The finished runs of the folds, in their order; for the parameters see `cross_validate`."""
    return [_run_fold(_of_fold(config, f), root, console) for f in _wanted_folds(config, folds)]


def _trivial_baselines(
    data: RunData, run: RunFolder, scored: LabelledPredictions
) -> tuple[TrivialBaseline, ...]:
    """The baselines of one fold, fitted on its own training part."""
    training = data.training_part(Split.load(run.split))
    return trivial_baselines(scored, training.emotions, training.durations_seconds)


def _uar(scored: LabelledPredictions) -> float:
    return float(uar(confusion(scored.true, scored.predicted, len(scored.labels))))


def _wanted_folds(config: RunConfig, folds: Sequence[int] | None) -> tuple[int, ...]:
    known, *others = map(_folds_of, (config.split, *config.corpus_splits.values()))
    if any(other != known for other in others):
        raise ConfigError(
            "corpus_splits: every corpus needs as many folds as split has "
            f"({len(known)}), so that each fold tests a part of every corpus"
        )
    if unknown := sorted(set(folds or ()) - set(known)):
        raise ConfigError(
            f"fold {', '.join(map(str, unknown))} is not one of {', '.join(map(str, known))}"
        )
    return tuple(fold for fold in known if folds is None or fold in folds)


def _folds_of(split: SplitConfig) -> tuple[int, ...]:
    """The numbers of the folds that a split has."""
    if isinstance(split, KFoldConfig):
        return tuple(range(1, split.folds + 1))
    if isinstance(split, PublishedConfig) and split.fold is not None:
        return PUBLISHED[split.name].folds
    raise ConfigError(
        f"split.kind: {split.kind} has no folds to go through: use k_fold, or published with a fold"
    )


def _of_fold(config: RunConfig, fold: int) -> RunConfig:
    chosen = {"fold": fold}
    splits = {n: s.model_copy(update=chosen) for n, s in config.corpus_splits.items()}
    update = {
        "split": config.split.model_copy(update=chosen),
        "corpus_splits": splits,
        "label": f"{config.label}-fold{fold}",
    }
    return config.model_copy(update=update)


def _run_fold(config: RunConfig, root: Path, console: Console) -> RunFolder:
    """The run of one fold: found and finished where it exists, else new."""
    for path in sorted((root / config.experiment).glob(f"{config.label}*")):
        folder = RunFolder(path)
        if folder.config.is_file() and load_config(RunConfig, folder.config) == config:
            return folder if folder.report.is_file() else resume_run(path, console)
    return start_run(config, root, console)
