"""Callbacks that report, stop, and write checkpoints and tables after each epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import lightning
import numpy as np
from lightning.pytorch.callbacks import Callback, Checkpoint, EarlyStopping

from emotion_classifier.errors import RunError
from emotion_classifier.progress import Progress, Report
from emotion_classifier.runs.history import (
    EpochRow,
    Monitor,
    best_epochs,
    is_best,
    write_history,
)
from emotion_classifier.training.checkpoints.files import BEST, LAST, epoch_path
from emotion_classifier.training.logging.confusion_history import (
    EpochConfusion,
    epoch_confusion,
    read_confusions,
    write_confusions,
)
from emotion_classifier.training.module import ClassifierModule

AfterEpoch: TypeAlias = Callable[[Sequence[EpochRow]], None]
"""Receives the scores of all epochs so far."""


class EpochScores(Callback):
    """Passes on the scores of all epochs so far, after each epoch.

    Parameters
    ----------
    after_epoch : receives them; an exception that it raises ends the training.
    """

    def __init__(self, after_epoch: AfterEpoch) -> None:
        self.after_epoch = after_epoch

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Pass on the scores."""
        assert isinstance(pl_module, ClassifierModule)
        self.after_epoch(pl_module.history)


class EpochCheckpoints(Checkpoint):
    """Writes ``last.ckpt`` after each epoch, ``best.ckpt`` after the best so far.

    The best epoch is read from the history, which is part of the checkpoint. Lightning's own callback
    stores its absolute path, and loses it when the run folder is moved.

    Parameters
    ----------
    folder : of the checkpoints.
    monitor : the validation score that chooses the best.
    average_best : number of the best epochs so far whose weights are kept too.
    """

    def __init__(self, folder: Path, monitor: Monitor, *, average_best: int) -> None:
        self.folder = folder
        self.monitor = monitor
        self.average_best = average_best

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Write the checkpoints, ``last.ckpt`` last: a run killed before it repeats the epoch."""
        assert isinstance(pl_module, ClassifierModule)
        if is_best(pl_module.history, self.monitor):
            trainer.save_checkpoint(self.folder / f"{BEST}.ckpt")
        rows = pl_module.history
        averaged = {
            epoch_path(self.folder, row.epoch)
            for row in best_epochs(rows, self.monitor, self.average_best)
        }
        newest = epoch_path(self.folder, rows[-1].epoch)
        if newest in averaged:
            trainer.save_checkpoint(newest, weights_only=True)
        trainer.save_checkpoint(self.folder / f"{LAST}.ckpt")
        if trainer.is_global_zero:
            for path in set(self.folder.glob("epoch-*.ckpt")) - averaged:
                path.unlink()


class ExactEarlyStopping(EarlyStopping):
    """Early stopping that also holds for a run that is resumed after its last epoch."""

    def on_train_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Stop at once where patience had run out before the interruption."""
        if self.wait_count >= self.patience:
            trainer.should_stop = True


class HistoryWriter(Callback):
    """Writes ``history.csv`` after each epoch.

    Parameters
    ----------
    path : of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_fit_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Write the epochs before an interruption, which are in the checkpoint."""
        assert isinstance(pl_module, ClassifierModule)
        if trainer.is_global_zero and pl_module.history:
            write_history(self.path, pl_module.history)

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Write all epochs so far."""
        assert isinstance(pl_module, ClassifierModule)
        if trainer.is_global_zero:
            write_history(self.path, pl_module.history)


class ConfusionWriter(Callback):
    """Writes ``confusion.csv`` after each epoch.

    Parameters
    ----------
    path : of the file.
    emotions : their names, in the order of the classes.
    """

    def __init__(self, path: Path, emotions: Sequence[str]) -> None:
        self.path = path
        self.emotions = emotions
        self.matrices: list[EpochConfusion] = []

    def state_dict(self) -> dict[str, Any]:
        """The matrices so far, for the checkpoint."""
        return {"matrices": [(epoch, counts.tolist()) for epoch, counts in self.matrices]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue with the matrices of a checkpoint."""
        self.matrices = [
            EpochConfusion(epoch, np.array(counts, np.int64))
            for epoch, counts in state_dict["matrices"]
        ]

    def on_fit_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Write the matrices of the checkpoint."""
        if self.matrices:
            write_confusions(self.path, self.emotions, self.matrices)

    def on_train_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Read the matrices of earlier epochs that a checkpoint of an earlier version does not have."""
        if not self.matrices and trainer.current_epoch and self.path.exists():
            written = read_confusions(self.path)
            self.matrices = [matrix for matrix in written if matrix.epoch <= trainer.current_epoch]
            if len(self.matrices) != trainer.current_epoch:
                raise RunError(
                    f"{self.path} has {len(self.matrices)} of {trainer.current_epoch} epochs: bring it "
                    "back, or delete it, and the animation has the later epochs only"
                )

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Write all epochs so far."""
        assert isinstance(pl_module, ClassifierModule)
        self.matrices.append(epoch_confusion(pl_module))
        write_confusions(self.path, self.emotions, self.matrices)


class EpochProgress(Callback):
    """Reports the scores of each epoch.

    Parameters
    ----------
    report : receives the progress of the task ``training`` in epochs.
    """

    def __init__(self, report: Report) -> None:
        self.report = report

    def on_train_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Report the epochs before an interruption."""
        self._report(trainer.current_epoch, trainer.max_epochs)

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Report the scores of the epoch."""
        assert isinstance(pl_module, ClassifierModule)
        row = pl_module.history[-1]
        scores = f"loss {row.train_loss:.3f}"
        if not math.isnan(row.validation_loss):
            best = max(r.validation_uar for r in pl_module.history)
            scores += (
                f" validation loss {row.validation_loss:.3f} "
                f"UAR {row.validation_uar:.3f} (best {best:.3f})"
            )
        text = f"epoch {row.epoch}/{trainer.max_epochs}  {scores}  {row.seconds:.1f} s"
        self._report(row.epoch, trainer.max_epochs, text)

    def on_train_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Report the end of a training that early stopping has ended."""
        if trainer.current_epoch != trainer.max_epochs:
            self._report(trainer.current_epoch, trainer.current_epoch)

    def _report(self, done: int, total: int | None, text: str = "") -> None:
        assert total is not None
        self.report(Progress(text, "training", done, total))
