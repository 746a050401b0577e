"""MLflow and Weights & Biases, through Lightning's loggers; imported only where settings choose them."""

from __future__ import annotations

import json
import logging
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import Logger, MLFlowLogger, WandbLogger

from emotion_classifier.config import read_yaml
from emotion_classifier.errors import MissingDependencyError, RunError
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.scores import Score
from emotion_classifier.progress import Progress, Report
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.storage import write_atomically
from emotion_classifier.training.config import MlflowConfig, TrainingConfig, WandbConfig
from emotion_classifier.training.logging.epoch_scores import epoch_scores
from emotion_classifier.training.logging.hparams import flat_settings
from emotion_classifier.training.module import ClassifierModule

_REMEDY = "Free some space and continue with `emotion train --resume`."
_LIBRARIES = {"mlflow": "MLflow", "wandb": "Weights & Biases"}
"""Setting, library and extra → name."""


def require_trackers(config: TrainingConfig) -> None:
    """Raise `MissingDependencyError` where a tracker of the settings is not installed."""
    for library in _chosen(config):
        if find_spec(library) is None:
            raise MissingDependencyError(library, library, f"training.{library}")


@dataclass(frozen=True)
class Tracker:
    """The logger of a run in MLflow or Weights & Biases, and the name of that library."""

    name: str
    logger: Logger

    def write(self, scores: Mapping[str, float], epoch: int, report: Report) -> None:
        """Write scores; a server that does not respond is a warning, and the training goes on."""
        known = {name: score for name, score in scores.items() if math.isfinite(score)}
        try:
            with _quiet():
                self.logger.log_metrics(known, step=epoch)
        except Exception as error:  # of the library, of its database, of the network
            report(
                Progress(f"warning: {self.name} has no scores of epoch {epoch}: {_line_of(error)}")
            )

    def close(self, *, succeeded: bool, report: Report) -> None:
        """End the run of the tracker; its state there is finished or failed."""
        try:
            with _quiet():
                if isinstance(self.logger, WandbLogger):
                    self.logger.experiment.finish(exit_code=0 if succeeded else 1)
                else:
                    self.logger.finalize("success" if succeeded else "failed")
        except Exception as error:
            report(Progress(f"warning: the run stays open in {self.name}: {_line_of(error)}"))


@contextmanager
def opened_trackers(
    config: TrainingConfig, folder: RunFolder, report: Report
) -> Iterator[tuple[Tracker, ...]]:
    """The trackers that the settings choose, with the run of `folder`, which they continue if they have it.

    Their identifiers are in ``trackers.json`` of the run.

    Raises
    ------
    RunError
        A tracker cannot be opened, or does not have the run any more.
    """
    known = _read_identifiers(folder)
    with ExitStack() as stack:
        trackers: list[Tracker] = []

        def close(kind: object, *_: object) -> None:
            for tracker in trackers:
                tracker.close(succeeded=kind is None, report=report)

        stack.push(close)
        for library, chosen in _chosen(config).items():
            tracker = _open(library, chosen, folder, known.get(library))
            trackers.append(tracker)
            if library not in known:
                known[library] = str(tracker.logger.version)
                write_atomically(folder.trackers, json.dumps(known).encode(), _REMEDY)
        yield tuple(trackers)


class TrackerScores(Callback):
    """Writes the scores of each epoch, with the names that they have in TensorBoard.

    Parameters
    ----------
    trackers : that receive them.
    emotions : their names, in the order of the classes.
    report : receives warnings.
    """

    def __init__(
        self, trackers: Sequence[Tracker], emotions: Sequence[str], report: Report
    ) -> None:
        self.trackers = trackers
        self.emotions = emotions
        self.report = report

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Write them before the checkpoint, as TensorBoard's."""
        assert isinstance(pl_module, ClassifierModule)
        scores = epoch_scores(trainer, pl_module, self.emotions)
        for tracker in self.trackers:
            tracker.write(scores, pl_module.history[-1].epoch, self.report)


def write_tracked_test_scores(
    config: TrainingConfig, folder: RunFolder, score: Score, epoch: int, report: Report
) -> None:
    """Write ``test/uar`` and the other scores of the test part; an error is a warning.

    Parameters
    ----------
    score : of the whole test part.
    epoch : whose weights were tested.
    """
    scores = {f"test/{name}": score[name].value for name in METRICS}
    try:
        with opened_trackers(config, folder, report) as trackers:
            for tracker in trackers:
                tracker.write(scores, epoch, report)
    except RunError as error:
        report(Progress(f"warning: the test scores are not tracked: {error}"))


def _chosen(config: TrainingConfig) -> dict[str, MlflowConfig | WandbConfig]:
    chosen = {"mlflow": config.mlflow, "wandb": config.wandb}
    return {library: settings for library, settings in chosen.items() if settings is not None}


def _read_identifiers(folder: RunFolder) -> dict[str, str]:
    if not folder.trackers.is_file():
        return {}
    try:
        return {
            str(name): str(one) for name, one in json.loads(folder.trackers.read_text()).items()
        }
    except (ValueError, AttributeError) as error:
        raise RunError(
            f"{folder.trackers} is damaged ({error!r}): delete it, and the trackers have a new run"
        ) from error


def _open(
    library: str, settings: MlflowConfig | WandbConfig, folder: RunFolder, known: str | None
) -> Tracker:
    """The tracker with the run `known`, or a new run with the settings as hyperparameters."""
    try:
        with _quiet():
            if isinstance(settings, MlflowConfig):
                logger = _mlflow_logger(settings, folder, known)
            else:
                logger = _wandb_logger(settings, folder, known)
            if known is None:
                logger.log_hyperparams(flat_settings(read_yaml(folder.config).data))
    except Exception as error:  # of the library, of its database, of the network
        reason = "" if known is None else f" with the run {known} of {folder.trackers}"
        raise RunError(
            f"{_LIBRARIES[library]} cannot be opened{reason}: {_line_of(error)}. Correct the settings "
            f"training.{library}, or set training.{library}: null"
        ) from error
    return Tracker(_LIBRARIES[library], logger)


def _mlflow_logger(settings: MlflowConfig, folder: RunFolder, known: str | None) -> Logger:
    import mlflow
    from mlflow.exceptions import MlflowException

    logging.getLogger("mlflow").setLevel(logging.ERROR)  # its import sets another
    experiment, label = folder.path.parent.name, folder.path.name
    uri = settings.tracking_uri or mlflow.get_tracking_uri()
    logger = MLFlowLogger(experiment, label, tracking_uri=uri, run_id=known)
    try:
        run_id = logger.run_id
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
        run_id = logger.run_id  # another process has made the experiment meanwhile
    logger.experiment.update_run(run_id, status="RUNNING")
    return logger


def _wandb_logger(settings: WandbConfig, folder: RunFolder, known: str | None) -> Logger:
    import wandb

    mode: dict[str, Any] = {} if settings.mode is None else {"mode": settings.mode}
    # The run folder itself has environment, versions and commit.
    quiet = wandb.Settings(
        silent=True,
        console="off",
        disable_git=True,
        disable_code=True,
        x_disable_machine_info=True,
        x_disable_meta=True,
        x_disable_stats=True,
        x_save_requirements=False,
    )
    logger = WandbLogger(
        folder.path.name,
        save_dir=folder.path,
        id=known,
        project=settings.project or folder.path.parent.name,
        settings=quiet,
        **mode,
    )
    assert logger.experiment is not None  # opens it
    return logger


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the messages and deprecation warnings of the libraries, which do not concern the user."""
    for name in ("alembic", "lightning.pytorch", "wandb"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _line_of(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
