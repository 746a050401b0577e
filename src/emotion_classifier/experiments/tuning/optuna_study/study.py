"""A study of Optuna in its database, which several processes and machines may share.

A trial counts towards the number of trials once: a trial whose process was killed or interrupted is
replaced by another with the same values, which has the killed one in its history. A trial that two
processes have begun beyond that number is *surplus* and left out.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning, UpdateFinishedTrialError
from optuna.storages import RetryHeartbeatStaleTrialCallback
from optuna.trial import FrozenTrial, TrialState

from emotion_classifier.config.document import inline
from emotion_classifier.errors import ConfigError, StorageError
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.experiments.tuning.config import TuningConfig
from emotion_classifier.experiments.tuning.optuna_study.samplers import (
    decoded,
    make_pruner,
    make_sampler,
    suggest,
)
from emotion_classifier.experiments.tuning.optuna_study.storage import (
    HEARTBEAT_SECONDS,
    STORAGE_ERRORS,
    StudyStorage,
)
from emotion_classifier.experiments.tuning.records import State, TrialRecord
from emotion_classifier.experiments.tuning.trial import PrunedTrialError, ReportScore
from emotion_classifier.progress import Progress, Report, ignore

WAIT_SECONDS = 5.0
"""Between two looks at the trials of other processes."""
_WAITING = (
    "waiting for the trials of other processes; that of a killed one is repeated after "
    f"{6 * HEARTBEAT_SECONDS} seconds"
)
_ERROR, _SURPLUS, _SETTINGS = "error", "surplus", "settings"

Train: TypeAlias = Callable[[int, dict[str, object], ReportScore], float]
"""Number, values and the receiver of intermediate scores of a trial → its score."""
AfterTrial: TypeAlias = Callable[[int | None, Sequence[TrialRecord]], None]
"""Receives the number of the trial that has ended, and the records of all."""


class TrialFailedError(Exception):
    """A trial failed, and its error is recorded."""


class SurplusTrialError(Exception):
    """Another process has begun the last trial at the same time."""


class TuningStudy:
    """The trials of a study in its storage.

    Parameters
    ----------
    config : settings of the tuning.
    epochs : of the longest trial.
    file : of the default storage, where `config` names none.
    """

    def __init__(self, config: TuningConfig, epochs: int, file: Path) -> None:
        self._config = config
        self._epochs = epochs
        self._storage = StudyStorage(config.storage, file)
        self._own: set[int] = set()
        self._running: int | None = None

    def open(self, settings: Mapping[str, object]) -> None:
        """Connect to the storage, and make the study or join it.

        Parameters
        ----------
        settings : name → value of all that the scores of trials depend on.

        Raises
        ------
        StorageError
            The database cannot be reached or used.
        ConfigError
            The study was made with other `settings`.
        """
        optuna.logging.set_verbosity(optuna.logging.CRITICAL)
        with self._storage.errors():
            higher = METRICS[self._config.metric].higher_is_better
            self._study = optuna.create_study(
                storage=self._storage.connect(),
                sampler=make_sampler(self._config),
                pruner=make_pruner(self._config, self._epochs),
                study_name=self._config.study,
                direction="maximize" if higher else "minimize",
                load_if_exists=True,
            )
            self._require_settings({name: inline(value) for name, value in settings.items()})

    def run(self, train: Train, after_trial: AfterTrial, progress: Report = ignore) -> bool:
        """Run trials until all are finished; whether the caller is to train the best settings.

        That is the process that has finished the last trial, and any that found all of them finished.

        Parameters
        ----------
        train : trains and scores a trial; an exception that it raises is recorded as its failure.
        after_trial : is called after each trial of this process.
        progress : receives a message when this process waits for others.

        Raises
        ------
        StorageError
            The storage cannot be used any more; `train` has met a disk that is full.
        """
        with self._storage.errors():
            if not self._is_open():
                return True
            waited = False
            while self._is_open():
                if self._has_trials_left():
                    self._run_trial(train)
                    after_trial(self._running, self.records())
                    continue
                if not waited:
                    progress(Progress(_WAITING))
                waited = True
                time.sleep(WAIT_SECONDS)
                self._fail_stale()
            finished = [t for t in self._counted() if t.state.is_finished()]
            last = max(finished, key=lambda t: (str(t.datetime_complete), t.number))
            return last.number in self._own

    def records(self) -> list[TrialRecord]:
        """The trials, by number; neither those that were replaced nor surplus ones."""
        with self._storage.errors():
            return [self._record(trial) for trial in self._counted()]

    def importances(self) -> dict[str, float]:
        """Dotted key → importance, by PED-ANOVA (Watanabe et al., arXiv 2304.10255); they sum to one.

        Empty where fewer than two trials are complete, or all have the same score.
        """
        if len({record.score for record in self.records()} - {None}) < 2:
            return {}
        with self._storage.errors(), warnings.catch_warnings(), suppress(ValueError):
            warnings.simplefilter("ignore")
            found = optuna.importance.get_param_importances(
                self._study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
            )
            return {key: value for key, value in found.items() if np.isfinite(value)}
        return {}

    def _require_settings(self, settings: Mapping[str, str]) -> None:
        written = self._study.user_attrs.get(_SETTINGS)
        if written is None and self._study.get_trials(deepcopy=False):
            raise ConfigError(
                f"study: {self._config.study} in the storage has trials that `emotion tune` did not "
                "make: choose another name"
            )
        if written is None:
            self._study.set_user_attr(_SETTINGS, dict(settings))
            return
        changed = [n for n in {**written, **settings} if written.get(n) != settings.get(n)]
        if changed:
            raise ConfigError(
                f"study: {self._config.study} was begun with another value of {', '.join(changed)}: its "
                "scores cannot be compared with new ones. Take that value again, or another name "
                "of the study"
            )

    def _total(self) -> int:
        """The number of trials: of a grid at most that of its points."""
        combinations = self._config.combinations
        return (
            self._config.trials if combinations is None else min(self._config.trials, combinations)
        )

    def _counted(self) -> list[FrozenTrial]:
        trials = self._study.get_trials(deepcopy=False)
        replaced = {n for t in trials for n in t.system_attrs.get("retry_history", ())}
        return [t for t in trials if t.number not in replaced and _SURPLUS not in t.user_attrs]

    def _has_trials_left(self) -> bool:
        counted = self._counted()
        return len(counted) < self._total() or any(t.state == TrialState.WAITING for t in counted)

    def _is_open(self) -> bool:
        self._storage.require_file()
        return self._has_trials_left() or not all(t.state.is_finished() for t in self._counted())

    def _run_trial(self, train: Train) -> None:
        def objective(trial: optuna.Trial) -> float:
            return self._score(trial, train)

        self._running = None
        caught = (TrialFailedError, SurplusTrialError, UpdateFinishedTrialError)
        try:
            self._study.optimize(objective, n_trials=1, catch=caught)
        except STORAGE_ERRORS:
            self._storage.require_file()  # the clearer message
            raise
        except AssertionError as error:  # Optuna's, where the storage fails at the end of a trial
            self._storage.require_file()
            if isinstance(error.__context__, STORAGE_ERRORS):
                raise error.__context__ from error
            raise
        except (UpdateFinishedTrialError, ValueError):
            if not self._was_taken_over():
                raise
        except (KeyboardInterrupt, StorageError):
            self._storage.require_file()
            self._queue_again()
            raise
        self._storage.require_file()

    def _was_taken_over(self) -> bool:
        """Whether others took this process for dead, as when it was suspended, and ended its trial."""
        if self._running is None:
            return False
        self._own.discard(self._running)
        return self._study.get_trials()[self._running].state.is_finished()

    def _score(self, trial: optuna.Trial, train: Train) -> float:
        self._running = trial.number
        self._refuse_surplus(trial)
        self._own.add(trial.number)
        dimensions = self._config.search_space
        values = {key: suggest(trial, key, dim) for key, dim in dimensions.items()}

        def report_score(step: int, score: float) -> None:
            if np.isfinite(score):
                trial.report(score, step)
            if trial.should_prune():
                raise PrunedTrialError

        try:
            score = train(trial.number, values, report_score)
            if not np.isfinite(score):
                raise ValueError(f"the validation score is {score}: the training has diverged")
        except PrunedTrialError as end:
            raise optuna.TrialPruned from end
        except (UpdateFinishedTrialError, StorageError, *STORAGE_ERRORS):
            raise
        except Exception as error:
            trial.set_user_attr(_ERROR, str(error) or type(error).__name__)
            raise TrialFailedError from error
        return score

    def _refuse_surplus(self, trial: optuna.Trial) -> None:
        before = sum(other.number < trial.number for other in self._counted())
        if before >= self._total():
            trial.set_user_attr(_SURPLUS, True)
            raise SurplusTrialError

    def _queue_again(self) -> None:
        """Replace the trial of this process, which was interrupted and not recorded as failed."""
        if self._running is None:
            return
        trial = self._study.get_trials()[self._running]
        if trial.state == TrialState.FAIL and not {_ERROR, _SURPLUS} & set(trial.user_attrs):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                RetryHeartbeatStaleTrialCallback()(self._study, trial)

    def _fail_stale(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            optuna.storages.fail_stale_trials(self._study)

    def _record(self, trial: FrozenTrial) -> TrialRecord:
        error = trial.user_attrs.get(_ERROR, "")
        if trial.state == TrialState.FAIL and not error:
            error = "its process was killed"
        seconds = trial.duration.total_seconds() if trial.duration is not None else None
        return TrialRecord(
            number=trial.number,
            state=_STATES[trial.state],
            values={key: decoded(text) for key, text in trial.params.items()},
            score=trial.value if trial.state == TrialState.COMPLETE else None,
            intermediate=dict(trial.intermediate_values),
            seconds=seconds,
            error=error,
        )


_STATES: dict[TrialState, State] = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
}
