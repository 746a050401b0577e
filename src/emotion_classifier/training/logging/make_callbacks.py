"""What a training writes beside its checkpoints, by the first of its processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lightning.pytorch.callbacks import Callback
from torch.utils.tensorboard import SummaryWriter

from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.distributed.collectives import get_rank
from emotion_classifier.training.logging.callbacks import ConfusionWriter
from emotion_classifier.training.logging.event_writer import event_writer
from emotion_classifier.training.logging.tensorboard import (
    EmbeddingFiles,
    FigureEvents,
    ScoreEvents,
)


@contextmanager
def make_callbacks(
    config: TrainingConfig,
    folder: RunFolder,
    emotions: Sequence[str],
    training: ClipDataset,
    validation: ClipDataset | None,
    done: int,
) -> Iterator[list[Callback]]:
    """What writes beside the checkpoints, in the first process, from `done` epochs on."""
    if get_rank() > 0:
        yield []
        return
    # An epoch that was cut off comes again, without what it had written.
    with event_writer(folder.tensorboard, first_epoch=done + 1) as writer:
        if validation is None:
            yield []
            return
        pictures = _pictures(config, writer, emotions, training, validation)
        confusions = ConfusionWriter(folder.confusions, emotions)
        yield [confusions, *pictures, ScoreEvents(writer, emotions)]


def _pictures(
    config: TrainingConfig,
    writer: SummaryWriter,
    emotions: Sequence[str],
    training: ClipDataset,
    validation: ClipDataset,
) -> list[Callback]:
    """What TensorBoard shows beside the scores."""
    if config.tensorboard is None:
        return []
    every_epochs, clips = config.tensorboard.every_epochs, config.tensorboard.clips
    drawn = FigureEvents(writer, emotions, training, every_epochs=every_epochs, clips=clips)
    if not config.tensorboard.embeddings:
        return [drawn]
    folder = Path(writer.log_dir)
    return [drawn, EmbeddingFiles(folder, emotions, validation, config.monitor)]
