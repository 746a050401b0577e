"""Output of the commands on a terminal, into a file or a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from emotion_classifier.progress import Report

_FILE_WIDTH = 120


def make_console() -> Console:
    """Console on standard output; 120 columns wide where that is a file or pipe."""
    console = Console(soft_wrap=True, emoji=False)
    if console.is_terminal:
        return console
    return Console(soft_wrap=True, emoji=False, width=_FILE_WIDTH)


def print_note(text: str) -> None:
    """Print plain text to standard error, apart from the results."""
    Console(stderr=True, soft_wrap=True).print(text, markup=False, highlight=False)


def report_progress() -> AbstractContextManager[Report]:
    """A receiver of the progress of an experiment, which prints it on standard output."""
    from emotion_classifier.progress import shown_on

    return shown_on(make_console())


@contextmanager
def show_progress(
    task: str, unit: str, *, shown: bool = True
) -> Iterator[Callable[[float, float], None]]:
    """A function that takes the amount done and the total, in `unit`, and shows them as a bar.

    The bar is on standard error, and only where that is a terminal and `shown` is true.
    """
    console = Console(stderr=True)
    if not shown or not console.is_terminal:
        yield lambda done, total: None
        return
    from emotion_classifier.progress import Progress, shown_on

    with shown_on(console) as report:
        yield lambda done, total: report(
            Progress(f"{int(done)}/{int(total)} {unit}", task, done, total)
        )
