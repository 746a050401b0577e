"""Output of the commands on a terminal, into a file or a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

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


@contextmanager
def show_progress(
    unit: str, title: str = "", *, shown: bool = True
) -> Iterator[Callable[[float, float], None]]:
    """A function that takes the amount done and the total, and shows them with the remaining time.

    The bar is drawn on standard error where that is a terminal, and removed at the end.

    Parameters
    ----------
    unit : of both amounts.
    title : in front of the bar.
    shown : False draws nothing.
    """
    console = Console(stderr=True)
    if not shown or not console.is_terminal:
        yield lambda done, total: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeRemainingColumn())
    titles = (TextColumn("{task.description}"),) if title else ()
    with Progress(*titles, *columns, console=console, redirect_stdout=False) as progress:
        task = progress.add_task(title, total=None)

        def show(done: float, total: float) -> None:
            progress.update(task, completed=done, total=total)

        yield show
