"""Cross-validation: every fold of a split trained and evaluated, then all test parts together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion_classifier.config import load_config
from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.baselines import pool_folds, trivial_baselines
from emotion_classifier.evaluation.fold_scores import fold_scores
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.report.earlier import read_earlier
from emotion_classifier.evaluation.report.provenance import Provenance
from emotion_classifier.evaluation.report.report import make_report
from emotion_classifier.experiments.cross_validation.folds import (
    Fold,
    clips_added_later,
    is_by_speaker,
    numbered_folds,
    require_splits,
    speaker_folds,
)
from emotion_classifier.experiments.cross_validation.report_folder import (
    report_folder,
    write_report_settings,
)
from emotion_classifier.experiments.data.corpus_facts import corpus_facts
from emotion_classifier.experiments.data.load import RunData, load_corpora
from emotion_classifier.experiments.evaluate.evaluate import Evaluation, write_evaluation
from emotion_classifier.experiments.evaluate.report_facts import corpus_temperature, report_origin
from emotion_classifier.experiments.run_list.execution import execute_runs
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

    `folder` is that of the common report, ``root/experiment/label-folds``; where that has a report of
    other settings or of more folds, ``label-folds-2`` and so on.
    """

    folder: Path
    seed: int
    folds: tuple[Fold, ...]
    runs: tuple[RunFolder, ...]
    evaluation: Evaluation
    data: RunData

    @property
    def predictions(self) -> dict[str, LabelledPredictions]:
        """Name of each fold → predictions of its test part."""
        names = [fold.name for fold in self.folds]
        return dict(
            zip(names, (read_predictions(run.predictions) for run in self.runs), strict=True)
        )


def cross_validate(
    config: RunConfig | Path,
    *,
    folds: Sequence[int | str] | None = None,
    root: Path = Path("runs"),
    processes: int = 1,
    progress: Report = ignore,
) -> CrossValidation:
    """Train and evaluate the folds of a split, and report on their test parts together.

    Corpora are loaded once. A fold of the same settings that is finished is not trained again, an
    interrupted one is continued.

    Parameters
    ----------
    config : settings, or the YAML file that holds them; the number of the fold in it, or the speaker
        that is left out, is ignored.
    folds : numbers of the folds, or the speakers that are left out; None for all.
    root : of the runs; the folds are ``root/experiment/label-fold1`` and so on, or
        ``label-speaker-NAME``.
    processes : folds that are trained at the same time; see `execute_runs`.
    progress : receives progress, messages and the tables of scores.

    Raises
    ------
    ConfigError
        The split has no folds, or not these.
    SplitError
        A fold cannot be made: more folds than speakers, or an emotion of its test part that no other
        speaker has.
    RunError
        torchrun or SLURM has started this several times; of several processes, folds have failed.
    """
    if isinstance(config, Path):
        config = load_config(RunConfig, config)
    require_single_command()
    chosen = None if folds is None else list(map(str, folds))
    require_folds(config, chosen)
    data = load_corpora(config, config.input.build(), progress)
    return train_folds(config, chosen, data, root, processes, progress)


def require_folds(config: RunConfig, chosen: Sequence[str] | None) -> None:
    """Check the numbers of the folds before the corpora are decoded, which tell the speakers."""
    if not is_by_speaker(config):
        numbered_folds(config, chosen)


def train_folds(
    config: RunConfig,
    chosen: Sequence[str] | None,
    data: RunData,
    root: Path,
    processes: int,
    progress: Report,
) -> CrossValidation:
    """The cross-validation of loaded corpora; see `cross_validate`."""
    if is_by_speaker(config):
        folds = speaker_folds(config, data, chosen)
    else:
        folds = numbered_folds(config, chosen)
    require_splits(folds, data)
    if processes == 1:
        with launched_group(config.training):
            runs = tuple(finished_run(fold.config, data, root, progress) for fold in folds)
    else:
        runs = _in_processes(folds, root, processes, progress)
    evaluation = _evaluate_together(config, folds, runs, data)
    folder = report_folder(config, "folds", runs, _reported, root)
    write_evaluation(evaluation, folder, progress)
    write_report_settings(config, folder)
    return CrossValidation(folder, config.seed, folds, runs, evaluation, data)


def _reported(folder: Path) -> Iterable[str]:
    """The runs of the common report in a folder."""
    report = read_earlier(folder / "report.json")
    folds = report.folds.runs if report and report.folds else {}
    return itertools.chain.from_iterable(folds.values())


def _in_processes(
    folds: Sequence[Fold], root: Path, processes: int, progress: Report
) -> tuple[RunFolder, ...]:
    """The finished runs; `RunError` where some have failed, after the others have ended."""
    configs = [fold.config for fold in folds]
    outcomes = execute_runs(configs, root=root, processes=processes, progress=progress)
    failed = {fold.name: one.error for fold, one in zip(folds, outcomes, strict=True) if one.error}
    if failed:
        name, error = next(iter(failed.items()))
        raise RunError(
            f"{len(failed)} of {len(folds)} folds failed ({', '.join(failed)}), first {name}: {error}"
        ) from error
    return tuple(one.folder for one in outcomes if one.folder is not None)


def _evaluate_together(
    config: RunConfig, folds: Sequence[Fold], runs: Sequence[RunFolder], data: RunData
) -> Evaluation:
    """The evaluation of all folds; trivial baselines are fitted for each fold apart."""
    predictions = [read_predictions(run.predictions) for run in runs]
    pooled = concatenate(predictions)
    specifications = [read_specification(run.model) for run in runs]
    splits = [data.saved_split(run.split) for run in runs]
    training = [data.training_part(split) for split in splits]
    trained_on = dict.fromkeys(c.corpus for one in specifications for c in one.all_training_data)
    names = [fold.name for fold in folds]
    report = make_report(
        pooled,
        title=f"{config.experiment} / {config.label}, {len(folds)} folds",
        trivial=pool_folds(
            [
                trivial_baselines(fold, part.emotions, part.durations_seconds)
                for fold, part in zip(predictions, training, strict=True)
            ]
        ),
        target=config.target,
        facts={"runs": ", ".join(run.path.name for run in runs), "seed": config.seed},
        origin=report_origin(config),
        warnings=(
            *dict.fromkeys(note for one in specifications for note in one.notes),
            *clips_added_later([data] * len(splits), splits),
        ),
        uncertain_below=np.repeat(
            [one.uncertain_below for one in specifications], list(map(len, predictions))
        ),
        temperature=np.repeat(
            [one.temperature for one in specifications], list(map(len, predictions))
        ),
        corpus_temperature=np.concatenate(
            [corpus_temperature(*pair) for pair in zip(specifications, predictions, strict=True)]
        ),
        folds=fold_scores(
            {name: [own] for name, own in zip(names, predictions, strict=True)},
            {name: [run.path.name] for name, run in zip(names, runs, strict=True)},
            np.random.default_rng(config.seed),
        ),
        provenance=Provenance(corpora=corpus_facts(data, splits), trained_on=tuple(trained_on)),
        seed=config.seed,
    )
    return Evaluation(pooled, (), report)
