"""Cross-validation: every fold of a split trained and evaluated, then all test parts together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion_classifier.config import load_config
from emotion_classifier.corpora.splits import (
    KFoldConfig,
    PublishedConfig,
    SplitConfig,
    WholeCorpusConfig,
)
from emotion_classifier.corpora.splits.published_tables import PUBLISHED
from emotion_classifier.errors import ConfigError
from emotion_classifier.evaluation.baselines import pool_folds, trivial_baselines
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.report.report import make_report
from emotion_classifier.experiments.data.load import RunData, load_corpora
from emotion_classifier.experiments.evaluate.evaluate import (
    Evaluation,
    fold_facts,
    write_evaluation,
)
from emotion_classifier.experiments.evaluate.report_facts import corpus_temperature, report_origin
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.run import finished_run
from emotion_classifier.model_folder.folder import read_specification
from emotion_classifier.progress import Report, ignore
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.distributed.launch import launched_group, require_single_command


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """The folds of a split, and the evaluation of all their test parts together.

    `folder` is that of the common report, ``root/experiment/label-folds``.
    """

    folder: Path
    runs: tuple[RunFolder, ...]
    evaluation: Evaluation
    data: RunData


def cross_validate(
    config: RunConfig | Path,
    *,
    folds: Sequence[int] | None = None,
    root: Path = Path("runs"),
    progress: Report = ignore,
) -> CrossValidation:
    """Train and evaluate the folds of a split, and report on their test parts together.

    Corpora are loaded once. A fold of the same settings that is finished is not trained again, an
    interrupted one is continued.

    Parameters
    ----------
    config : settings, or the YAML file that holds them; the number of the fold in it is ignored.
    folds : numbers of the folds; None for all.
    root : of the runs; the folds are ``root/experiment/label-fold1`` and so on.
    progress : receives progress, messages and the tables of scores.

    Raises
    ------
    ConfigError
        The split has no folds, or not these.
    RunError
        torchrun or SLURM has started this several times.
    """
    if isinstance(config, Path):
        config = load_config(RunConfig, config)
    require_single_command()
    chosen = _chosen_folds(config, folds)
    with launched_group(config.training):
        data = load_corpora(config, config.input.build(), progress)
        runs = tuple(finished_run(_fold_config(config, n), data, root, progress) for n in chosen)
    predictions = [read_predictions(run.predictions) for run in runs]
    evaluation = _evaluate_together(config, chosen, runs, predictions, data)
    folder = root / config.experiment / f"{config.label}-folds"
    write_evaluation(evaluation, folder, progress)
    return CrossValidation(folder, runs, evaluation, data)


def _evaluate_together(
    config: RunConfig,
    folds: Sequence[int],
    runs: Sequence[RunFolder],
    predictions: Sequence[LabelledPredictions],
    data: RunData,
) -> Evaluation:
    """The evaluation of all folds; trivial baselines are fitted for each fold apart."""
    pooled = concatenate(predictions)
    specifications = [read_specification(run.model) for run in runs]
    training = [data.training_part(data.saved_split(run.split)) for run in runs]
    report = make_report(
        pooled,
        title=f"{config.experiment} / {config.label}, folds {', '.join(map(str, folds))}",
        trivial=pool_folds(
            [
                trivial_baselines(fold, part.emotions, part.durations_seconds)
                for fold, part in zip(predictions, training, strict=True)
            ]
        ),
        target=config.target,
        facts={
            **fold_facts(dict(zip((f"fold {n}" for n in folds), predictions, strict=True))),
            "runs": ", ".join(str(run.path) for run in runs),
            "seed": config.seed,
        },
        origin=report_origin(config),
        warnings=tuple(dict.fromkeys(note for one in specifications for note in one.notes)),
        uncertain_below=np.repeat(
            [one.uncertain_below for one in specifications], list(map(len, predictions))
        ),
        temperature=np.repeat(
            [one.temperature for one in specifications], list(map(len, predictions))
        ),
        corpus_temperature=np.concatenate(
            [corpus_temperature(*pair) for pair in zip(specifications, predictions, strict=True)]
        ),
        seed=config.seed,
    )
    return Evaluation(pooled, (), report)


def _chosen_folds(config: RunConfig, folds: Sequence[int] | None) -> tuple[int, ...]:
    splits = (config.split, *config.corpus_splits.values())
    tested = [split for split in splits if not _trains_in_every_fold(split)]
    known, *others = map(_folds_of, tested or [config.split])
    if any(other != known for other in others):
        raise ConfigError(
            "corpus_splits: every corpus needs as many folds as split has "
            f"({len(known)}), so that each fold tests a part of every corpus, or "
            "{kind: all, part: train}"
        )
    if unknown := sorted(set(folds or ()) - set(known)):
        raise ConfigError(
            f"fold {', '.join(map(str, unknown))} is not one of {', '.join(map(str, known))}"
        )
    return tuple(fold for fold in known if folds is None or fold in folds)


def _trains_in_every_fold(split: SplitConfig) -> bool:
    return isinstance(split, WholeCorpusConfig) and split.part == "train"


def _folds_of(split: SplitConfig) -> tuple[int, ...]:
    """The numbers of the folds that a split has."""
    if isinstance(split, KFoldConfig):
        return tuple(range(1, split.folds + 1))
    if isinstance(split, PublishedConfig) and split.fold is not None:
        return PUBLISHED[split.name].folds
    raise ConfigError(
        f"split.kind: {split.kind} has no folds: use k_fold, or published with a fold; "
        "corpus_splits may also have {kind: all, part: train}"
    )


def _fold_config(config: RunConfig, fold: int) -> RunConfig:
    def chosen(split: SplitConfig) -> SplitConfig:
        if _trains_in_every_fold(split):
            return split
        return split.model_copy(update={"fold": fold})

    update = {
        "split": chosen(config.split),
        "corpus_splits": {name: chosen(split) for name, split in config.corpus_splits.items()},
        "label": f"{config.label}-fold{fold}",
        "distillation": config.distillation and config.distillation.of_fold(f"fold{fold}"),
    }
    return config.model_copy(update=update)
