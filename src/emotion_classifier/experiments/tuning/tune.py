"""Tuning: trials in inner folds, then one run of the best settings, whose test part is scored once."""

from __future__ import annotations

import hashlib
import math
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.config.document import inline
from emotion_classifier.config.loading import read_settings, validated
from emotion_classifier.corpora.splits import Split
from emotion_classifier.errors import ConfigError, RunError, StorageError, storage_errors
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.report.tables import value_text
from emotion_classifier.experiments.data.load import load_corpora, split_corpora
from emotion_classifier.experiments.train.plan import plan_run
from emotion_classifier.experiments.train.run import finished_run
from emotion_classifier.experiments.tuning.config import TuningConfig
from emotion_classifier.experiments.tuning.inner_folds import inner_folds
from emotion_classifier.experiments.tuning.optuna_study.study import TuningStudy
from emotion_classifier.experiments.tuning.records import TrialRecord, best_trial, setting_text
from emotion_classifier.experiments.tuning.results import StudyFolder, read_test_score, summary
from emotion_classifier.experiments.tuning.search_space import SearchSpace
from emotion_classifier.experiments.tuning.trial import (
    InnerFolds,
    Objective,
    PrunedTrialError,
    ReportScore,
)
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.rendering.figures import require_matplotlib
from emotion_classifier.storage import write_atomically
from emotion_classifier.training.distributed.launch import require_single_command


def tune(
    settings: Path,
    overrides: Sequence[str] = (),
    *,
    root: Path = Path("runs"),
    progress: Report = ignore,
) -> StudyFolder:
    """The folder of a study: trials in inner folds by speaker, and one run of the best settings.

    Started again, also at the same time in other processes or on other machines with the same
    storage, it joins the study. The process that finishes the last trial trains the best settings.

    Parameters
    ----------
    settings : file with the settings of the tuning.
    overrides : ``key=value`` of those settings.
    root : of the runs; the folder is ``root/study``, and the run ``root/study/best``.
    progress : receives a line for each trial, and the progress of the final run.

    Raises
    ------
    ConfigError
        A setting that does not exist or has no such value; all are checked before the first trial.
    StorageError
        The storage cannot be used, or a disk is full; the same command continues.
    RunError
        No trial was complete.
    """
    require_single_command()
    require_matplotlib()
    document = read_settings(TuningConfig, settings, overrides)
    config = validated(TuningConfig, document)
    tuning = _prepared(config, SearchSpace.read(config, document), root, progress)
    study = TuningStudy(config, tuning.space.most_epochs, tuning.folder.storage)
    study.open(tuning.identity)
    if tuning.folder.trials.exists() and not study.records():
        raise ConfigError(
            f"{tuning.folder.path} has the trials of an earlier storage, and this one has none: bring that "
            "storage back, or take another name of the study"
        )
    chosen = study.run(tuning.train, tuning.after_trial, progress)
    tuning.folder.write_trials(study.records(), config.metric)
    if not chosen:
        progress(Progress("all trials are finished; another process trains the best settings"))
        return tuning.folder
    tuning.finish(study.records(), study.importances())
    return tuning.folder


@dataclass(frozen=True, eq=False)
class _Tuning:
    """A study that can begin.

    Parameters
    ----------
    space : all of whose points make a run.
    folds : clips outside the test part.
    split : of the final run.
    """

    config: TuningConfig
    space: SearchSpace
    folds: InnerFolds
    split: Split
    folder: StudyFolder
    root: Path
    progress: Report

    @property
    def identity(self) -> Mapping[str, object]:
        """All that the scores of trials depend on: they are comparable where it is equal."""
        base = self.folds.config.model_dump(mode="json", exclude={"experiment", "label"})
        parts = inline(sorted(self.split.parts.items()))
        dimensions = {k: d.model_dump(mode="json") for k, d in self.config.search_space.items()}
        return {
            "base": base,
            "search_space": dimensions,
            **self.config.model_dump(mode="json", include={"folds", "metric", "seed"}),
            "the clips and their split": hashlib.sha256(parts.encode()).hexdigest(),
        }

    def train(self, number: int, values: dict[str, object], report_score: ReportScore) -> float:
        """The score of a trial; a traceback of its error is in its folder."""
        objective = Objective(self.config.metric, self.space.most_epochs)
        folder = self.folder.trial(number)
        text = ", ".join(f"{key}={setting_text(value)}" for key, value in values.items())
        self.progress(Progress(f"trial {number}: {text}"))
        try:
            return objective.score(
                self.space.at(values), self.folds, folder, report_score, self.progress
            )
        except PrunedTrialError:
            raise
        except Exception:
            content = traceback.format_exc().encode("utf-8", "replace")
            write_atomically(folder / "error.txt", content, "Free some space.")
            raise

    def after_trial(self, number: int | None, records: Sequence[TrialRecord]) -> None:
        """Write the trials so far, and report that with the `number`."""
        self.folder.write_trials(records, self.config.metric)
        best = best_trial(records, self.config.metric)
        for record in records:
            if record.number == number:
                text = record.error or self._score_text(record.last_score)
                known = (
                    ""
                    if best is None
                    else f"; best: {self._score_text(best.score)}, trial {best.number}"
                )
                self.progress(Progress(f"trial {number} {record.state}: {text}{known}"))
        done = sum(record.state in ("complete", "pruned", "failed") for record in records)
        self.progress(Progress(task="trials", done=done, total=max(self.config.trials, done)))

    def finish(self, records: Sequence[TrialRecord], importances: Mapping[str, float]) -> None:
        """Train and score the best settings once, and write the results of the study."""
        best = best_trial(records, self.config.metric)
        if best is None:
            error = next((r.error for r in records if r.error), "all were pruned")
            raise RunError(
                f"no trial of {len(records)} is complete, first error: {error}. See {self.folder.trials}; "
                "take another name of the study for changed settings"
            )
        config = self.space.at(best.values)
        self.folder.write_best(config, self._comment(best))
        self.folder.write_importances(importances)
        self.progress(Progress(f"{self._comment(best)} Training these settings"))
        data = self.folds.clips(config, self.progress)
        run = finished_run(
            config, data, self.root, self.progress, _of_usable(self.split, data.clips)
        )
        speakers = {
            u.speaker_id for u in self.folds.data.utterances if u.id in self.folds.splits[0].parts
        }
        text = summary(self.config, records, importances, run, len(speakers))
        write_atomically(self.folder.summary, text.encode(), "Free some space and start again.")
        score, interval, _ = read_test_score(run, self.config.metric)
        label = METRICS[self.config.metric].label
        self.progress(
            Progress(f"test {label} {score} ({interval}); summary: {self.folder.summary}")
        )

    def _comment(self, best: TrialRecord) -> str:
        return (
            f"Trial {best.number}, the best of the study {self.config.study}: "
            f"{self._score_text(best.score)}, mean of {self.config.folds} inner folds by speaker."
        )

    def _score_text(self, score: float | None) -> str:
        measure = METRICS[self.config.metric]
        shown = value_text(math.nan if score is None else score, measure.unit)
        return f"validation {measure.label} {shown}"


def _prepared(config: TuningConfig, space: SearchSpace, root: Path, progress: Report) -> _Tuning:
    """The study with its clips loaded and split; mistakes of runs are found before the first trial."""
    base = space.at({})
    data = load_corpora(base, base.input.build(), progress)
    split = split_corpora(data, base)
    folds = InnerFolds(base, data, inner_folds(data, split, config.folds, config.seed))
    first = space.at(space.first_point)
    for part in (split, *folds.splits):
        plan_run(first, folds.clips(first, progress), part)
    folder = StudyFolder(root / config.study)
    remedy = "Choose another folder with --runs."
    with storage_errors(folder.path, remedy):
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise StorageError(f"{folder.path} is a file, not a folder. {remedy}") from error
    split.save(folder.split, data.utterances)
    progress(Progress(f"study: {folder.path}"))
    for line in data.summary(split):
        progress(Progress(line))
    remarks = (*split.leaks, *split.notes, *(leak for one in folds.splits for leak in one.leaks))
    for remark in dict.fromkeys(remarks):
        progress(Progress(f"warning: {remark}"))
    return _Tuning(config, space, folds, split, folder, root, progress)


def _of_usable(split: Split, clips: Mapping[str, object]) -> Split:
    """The split without clips that another input of the model cannot use."""
    parts = {name: part for name, part in split.parts.items() if name in clips}
    return Split(parts, split.left_out, split.leaks, split.notes)
