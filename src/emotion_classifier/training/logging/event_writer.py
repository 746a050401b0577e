"""Files of events for TensorBoard."""

from __future__ import annotations

import threading
import time
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
    if first_epoch != 1:
        _wait_for_a_later_name(folder)
    remedy = "Free some space and continue with `emotion train --resume`."
    with (
        storage_errors(folder, remedy),
        _told_once(),
        SummaryWriter(str(folder), purge_step=first_epoch) as writer,
    ):
        yield writer


def _wait_for_a_later_name(folder: Path) -> None:
    """Wait until a new file's name comes behind those that are there, as TensorBoard reads them.

    A name begins with the second of its making, and what follows has no order: of two files of one
    second the later could be read first, and the other would then hide what it holds.
    """
    while any(folder.glob(f"events.out.tfevents.{int(time.time()):010d}.*")):
        time.sleep(0.02)


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
