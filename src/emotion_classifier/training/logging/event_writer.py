"""TensorBoard's event files."""

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
    """A writer of a new event file in `folder`, closed at the end.

    Parameters
    ----------
    folder : of the events.
    first_epoch : that will be written; earlier events of it and of later epochs are hidden. None
        hides nothing.

    Raises
    ------
    StorageError
        The disk is full or cannot be written.
    """
    if first_epoch != 1:
        _wait_for_a_later_name(folder)
    remedy = "Free some space and continue with `emotion train --resume`."
    with (
        storage_errors(folder, remedy),
        _without_second_traceback(),
        SummaryWriter(str(folder), purge_step=first_epoch) as writer,
    ):
        yield writer


def _wait_for_a_later_name(folder: Path) -> None:
    """Wait until a new file's name sorts after those of all others.

    TensorBoard reads files in the order of their names, which begin with the second of creation. Of
    two files of one second the newer could be read first, and the older would then hide its events.
    """
    while any(folder.glob(f"events.out.tfevents.{int(time.time()):010d}.*")):
        time.sleep(0.02)


@contextmanager
def _without_second_traceback() -> Iterator[None]:
    """Suppress the traceback of disk errors in the writer's thread: the main thread raises them."""
    default_hook = threading.excepthook

    def hook(arguments: threading.ExceptHookArgs) -> None:
        if not isinstance(arguments.exc_value, OSError):
            default_hook(arguments)

    threading.excepthook = hook
    try:
        yield
    finally:
        threading.excepthook = default_hook
