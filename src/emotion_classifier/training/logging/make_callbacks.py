"""The callbacks of a training run: progress, files beside the checkpoints, checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lightning.pytorch.callbacks import Callback

from emotion_classifier.progress import Report
from emotion_classifier.runs.history import higher_is_better
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.distributed.collectives import get_rank
from emotion_classifier.training.logging.callbacks import (
    ConfusionWriter,
    EpochCheckpoints,
    EpochProgress,
    ExactEarlyStopping,
    HistoryWriter,
)
from emotion_classifier.training.logging.event_writer import event_writer
from emotion_classifier.training.logging.tensorboard import (
    EmbeddingFiles,
    FigureEvents,
    ScoreEvents,
)
from emotion_classifier.training.logging.trackers import TrackerScores, opened_trackers


@contextmanager
def make_callbacks(
    config: TrainingConfig,
    folder: RunFolder,
    emotions: Sequence[str],
    training: ClipDataset,
    validation: ClipDataset | None,
    *,
    first_epoch: int,
    report: Report,
) -> Iterator[list[Callback]]:
    """All callbacks, in the order of their calls: checkpoints come last.

    Parameters
    ----------
    first_epoch : that will be trained, counted from 1. Events that an interrupted epoch has written
        are hidden.
    """
    callbacks: list[Callback] = [EpochProgress(report), HistoryWriter(folder.history)]
    if config.early_stopping is not None:
        callbacks.append(_early_stopping(config, config.early_stopping.patience))
    average_best = config.average_best if config.keep == "average" else 0
    checkpoints = EpochCheckpoints(folder.checkpoints, config.monitor, average_best=average_best)
    if get_rank() > 0:
        yield [*callbacks, checkpoints]
        return
    with (
        event_writer(folder.tensorboard, first_epoch=first_epoch) as writer,
        opened_trackers(config, folder, report) as trackers,
    ):
        if validation is not None:
            callbacks.append(ConfusionWriter(folder.confusions, emotions))
            if config.tensorboard is not None:
                every, clips = config.tensorboard.every_epochs, config.tensorboard.clips
                callbacks.append(
                    FigureEvents(writer, emotions, training, every_epochs=every, clips=clips)
                )
                if config.tensorboard.embeddings:
                    files = EmbeddingFiles(folder.tensorboard, emotions, validation, config.monitor)
                    callbacks.append(files)
            callbacks.append(ScoreEvents(writer, emotions))
            callbacks.append(TrackerScores(trackers, emotions, report))
        yield [*callbacks, checkpoints]


def _early_stopping(config: TrainingConfig, patience: int) -> Callback:
    return ExactEarlyStopping(
        f"validation_{config.monitor}",
        patience=patience,
        mode="max" if higher_is_better(config.monitor) else "min",
    )
