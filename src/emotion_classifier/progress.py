"""Progress of long work as values, so that a library call needs no console."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from emotion_classifier.escapes import message_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """A message, or the state of a task.

    Parameters
    ----------
    text : one line; may be empty for the state of a task.
    task : name of the task; empty for a message.
    done, total : amount of work; the task has ended when they are equal.
    """

    text: str = ""
    task: str = ""
    done: float = 0.0
    total: float = 0.0

    def __str__(self) -> str:
        return self.text or f"{self.task}: {self.done / (self.total or 1.0):.0%}"


Report: TypeAlias = Callable[[Progress], None]
"""Receives the progress; `print` is the simplest."""


def ignore(progress: Progress) -> None:
    """Report nothing."""


def track(items: Iterable[T], task: str, total: int, report: Report) -> Iterator[T]:
    """The `items`, whose number is `total`, each reported to be done after its use."""
    for done, item in enumerate(items, 1):
        yield item
        report(Progress(task=task, done=done, total=total))


@contextmanager
def shown_on(console: Console) -> Iterator[Report]:
    """Report to `console`: bars with the latest text on a terminal, lines of text elsewhere."""
    # Here, so that a prediction does not load it.
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[text]}", markup=False),
        console=console,
        disable=not console.is_terminal,
    )
    tasks: dict[str, TaskID] = {}

    def report(progress: Progress) -> None:
        if progress.text and not (progress.task and console.is_terminal):
            style = "yellow" if progress.text.startswith("warning:") else None
            # Others may be tables, whose cells are on one line.
            text = message_lines(progress.text) if style else progress.text
            console.print(text, markup=False, style=style)
        if not progress.task:
            return
        if progress.task not in tasks:
            bars.start()
            tasks[progress.task] = bars.add_task(progress.task, text="")
        elif not progress.done:  # the same task of another run
            bars.reset(tasks[progress.task])
        bars.update(
            tasks[progress.task],
            completed=progress.done,
            total=progress.total,
            text=progress.text,
        )
        if bars.finished:
            bars.stop()
            for task in tasks.values():
                bars.remove_task(task)
            tasks.clear()

    try:
        yield report
    finally:
        bars.stop()
