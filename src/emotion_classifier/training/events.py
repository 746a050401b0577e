"""Files of events for TensorBoard."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from emotion_classifier.errors import storage_errors


@contextmanager
def event_writer(folder: Path, first_epoch: int | None = None) -> Iterator[SummaryWriter]:
    """A writer of one more file in `folder`, closed at the end.

    Parameters
    ----------
    folder : of the events.
    first_epoch : that will be written: what an interruption has left of it, and of later ones, is
        not shown any more. None where the events belong beside all others.

    Raises
    ------
    StorageError
        The disk is full or may not be written.
    """
    remedy = "Free some space and continue with `emotion train --resume`."
    with (
        storage_errors(folder, remedy),
        _told_once(),
        SummaryWriter(str(folder), purge_step=first_epoch) as writer,
    ):
        yield writer


@contextmanager
def _told_once() -> Iterator[None]:
    """The writer's thread hands an error on the disk to the main thread, and prints it as well."""
    usual = threading.excepthook

    def hook(arguments: threading.ExceptHookArgs) -> None:
        if not isinstance(arguments.exc_value, OSError):
            usual(arguments)

    threading.excepthook = hook
    try:
        yield
    finally:
        threading.excepthook = usual
