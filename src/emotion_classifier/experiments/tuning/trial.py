"""A trial: settings that are trained and validated in each inner fold."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from emotion_classifier.corpora.splits import Split
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.data.load import RunData, load_corpora
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.plan import plan_run
from emotion_classifier.experiments.train.train_model import fit_plan
from emotion_classifier.model_folder.input import InputConfig
from emotion_classifier.progress import Progress, Report
from emotion_classifier.runs.history import EpochRow, best_epochs, read_history
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.checkpoints.selection import Fitted
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.devices import processes_here

ReportScore: TypeAlias = Callable[[int, float], None]
"""Receives a step and the score at it; raises `PrunedTrialError` where the trial is to end."""


class PrunedTrialError(Exception):
    """A trial is worse than others at the same step."""


@dataclass(frozen=True, eq=False)
class InnerFolds:
    """The clips of a study outside its test part, and the inner folds of their speakers.

    Parameters
    ----------
    config : settings of the base.
    data : clips with the input of the base.
    splits : training and validation part of each fold.
    """

    config: RunConfig
    data: RunData
    splits: tuple[Split, ...]
    _loaded: dict[InputConfig, RunData] = field(default_factory=dict)

    def clips(self, config: RunConfig, progress: Report) -> RunData:
        """The clips, prepared for the input in `config`."""
        if config.input == self.config.input:
            return self.data
        if config.input not in self._loaded:
            self._loaded[config.input] = load_corpora(config, config.input.build(), progress)
        return self._loaded[config.input]


@dataclass(frozen=True)
class Objective:
    """The score of a trial: the mean of a validation metric over the inner folds.

    Parameters
    ----------
    metric : name in `METRICS`; in each fold its value at the epoch whose weights are kept, or of the
        finished model where that is none of an epoch: `training.keep: average`, `kept_share`.
    epochs : of the longest trial of the study.
    """

    metric: str
    epochs: int

    def score(
        self,
        config: RunConfig,
        folds: InnerFolds,
        folder: Path,
        report_score: ReportScore,
        progress: Report,
    ) -> float:
        """The score of settings; the histories of the folds stay in `folder`.

        Scores are reported after each epoch of the first fold, as the score of the epoch that would
        be kept, and at the end of each further fold, as the mean of the folds so far. The step is
        the number of epochs of the longest trial up to there.

        Raises
        ------
        ConfigError
            Several processes are to train together.
        """
        _require_one_process(config.training)
        config = _without_figures(config)
        data = folds.clips(config, progress)
        scores: list[float] = []

        def after_epoch(rows: Sequence[EpochRow]) -> None:
            report_score(rows[-1].epoch, self._at_kept_epoch(rows, config.training))

        for number, split in enumerate(folds.splits, 1):
            run = RunFolder(folder / f"fold{number}")
            shutil.rmtree(run.path, ignore_errors=True)  # of a killed process
            try:
                fitted = fit_plan(
                    run,
                    plan_run(config, data, split),
                    report=_bars_only(progress),
                    after_epoch=after_epoch if number == 1 else None,
                ).fitted
            finally:
                shutil.rmtree(run.checkpoints, ignore_errors=True)
            scores.append(self._of_fold(fitted, read_history(run.history)))
            if number > 1:
                report_score(number * self.epochs, float(np.mean(scores)))
        return float(np.mean(scores))

    def _of_fold(self, fitted: Fitted, history: Sequence[EpochRow]) -> float:
        if fitted.averaged_epochs or fitted.kept_share:  # not the weights of an epoch
            assert fitted.validation_uar is not None
            return fitted.validation_uar
        return history[fitted.best_epoch - 1].validation[self.metric]

    def _at_kept_epoch(self, rows: Sequence[EpochRow], training: TrainingConfig) -> float:
        kept = rows[-1] if training.keep == "last" else best_epochs(rows, training.monitor, 1)[0]
        return kept.validation[self.metric]


def _require_one_process(training: TrainingConfig) -> None:
    if training.nodes > 1 or processes_here(training) > 1:
        raise ConfigError(
            "training.devices and training.nodes: a trial is trained by one process; set both to 1, and "
            "start `emotion tune` in several processes, which share the trials"
        )


def _without_figures(config: RunConfig) -> RunConfig:
    training = config.training.model_copy(update={"tensorboard": None})
    return config.model_copy(update={"training": training})


def _bars_only(progress: Report) -> Report:
    """Progress without its texts: a line for each epoch of each fold would hide those of the trials."""

    def report(state: Progress) -> None:
        if state.task:
            progress(replace(state, text=""))

    return report
