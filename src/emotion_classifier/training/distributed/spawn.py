"""Processes of this machine that work on one task together, and what they tell the one that asked.

Their console is that of the process that asked, an error of theirs is raised there, and they live no
longer than it does.
"""

from __future__ import annotations

import io
import os
import signal
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any, TypeAlias

import torch
from rich.console import Console

from emotion_classifier.errors import EmotionClassifierError, RunError
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.collectives import Share
from emotion_classifier.training.distributed.launch import own_group

Messages: TypeAlias = "SimpleQueue[str | BaseException]"
_LOOK_SECONDS = 0.1


def in_processes(
    count: int,
    task: Callable[..., object],
    arguments: tuple[Any, ...],
    config: TrainingConfig,
    console: Console,
) -> None:
    """Run `task` in `count` new processes at once, and wait for them.

    Parameters
    ----------
    task : a function of a module. It gets the arguments and, by name, a ``console``.
    arguments : what can be pickled.
    config : of the training, for the device.
    console : shows what the first of the processes prints.

    Raises
    ------
    EmotionClassifierError
        The first that one of them raised; the others are ended.
    RunError
        One of them was ended from outside.
    """
    context = get_context("spawn")
    messages: Messages = context.SimpleQueue()
    screen = _Screen.of(console)
    with tempfile.TemporaryDirectory() as folder:
        processes = [
            context.Process(
                target=_work,
                args=(
                    Share(rank, count),
                    Path(folder, "group"),
                    config,
                    task,
                    arguments,
                    screen,
                    messages,
                ),
            )
            for rank in range(count)
        ]
        try:
            with _undisturbed():
                for process in processes:
                    process.start()
            _watch(processes, messages, console)
        finally:
            for process in processes:
                if process.pid is not None:
                    process.kill()
                    process.join()


@dataclass(frozen=True)
class _Screen:
    """What is written to, as far as it changes what is written."""

    is_terminal: bool
    width: int
    color_system: str | None
    soft_wrap: bool

    @classmethod
    def of(cls, console: Console) -> _Screen:
        return cls(console.is_terminal, console.width, console.color_system, console.soft_wrap)

    def console(self, messages: Messages) -> Console:
        """A console for it in another process."""
        return Console(
            file=_Relay(messages),
            force_terminal=self.is_terminal,
            width=self.width,
            color_system=self.color_system,  # type: ignore[arg-type] # it was one of those
            soft_wrap=self.soft_wrap,
            emoji=False,
            legacy_windows=False,
        )


class _Relay(io.StringIO):
    """Sends what is written."""

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self._messages = messages

    def write(self, text: str) -> int:
        self._messages.put(text)
        return len(text)


def _watch(processes: list[SpawnProcess], messages: Messages, console: Console) -> None:
    """Wait for the processes to end, and pass on what they tell."""
    running = list(processes)
    while running:
        connection.wait([process.sentinel for process in running], _LOOK_SECONDS)
        # Before the messages: who has ended has told all.
        running = [process for process in running if process.exitcode is None]
        failures = _passed_on(messages, console)
        for place, process in enumerate(processes, 1):
            if process.exitcode:
                raise RunError(_loss(place, len(processes), process.exitcode)) from (
                    failures[0] if failures else None
                )
        if failures:
            raise failures[0]


def _passed_on(messages: Messages, console: Console) -> list[BaseException]:
    """Write the texts that have come, and give the errors."""
    failures: list[BaseException] = []
    while not messages.empty():
        message = messages.get()
        if isinstance(message, str):
            console.file.write(message)
        else:
            failures.append(message)
    console.file.flush()
    return failures


def _loss(place: int, count: int, exit_code: int) -> str:
    if exit_code > 0:
        return f"process {place} of {count} ended with code {exit_code}: see what it has printed"
    return (
        f"process {place} of {count} was ended by {signal.Signals(-exit_code).name}. Where memory ran "
        "out, take a smaller training.batch_size or fewer training.devices"
    )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Processes that start here never see Ctrl-C: who started them ends them."""
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def _work(
    place: Share,
    meeting_point: Path,
    config: TrainingConfig,
    task: Callable[..., object],
    arguments: tuple[Any, ...],
    screen: _Screen,
    messages: Messages,
) -> None:
    """Do the task as one of several; after an error wait to be ended, the group still whole.

    A process that leaves breaks the group, and the others would tell of that instead.
    """
    _end_with_parent()
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, torch.get_num_threads() // place.size))
    console = screen.console(messages) if place.rank == 0 else Console(quiet=True)
    try:
        with own_group(place, meeting_point, config):
            try:
                task(*arguments, console=console)
            except EmotionClassifierError as error:
                _wait_for_the_end(messages, error)
            except Exception:
                _wait_for_the_end(messages, RuntimeError(traceback.format_exc()))
    except Exception:  # the group could not be joined
        _wait_for_the_end(messages, RuntimeError(traceback.format_exc()))


def _wait_for_the_end(messages: Messages, error: Exception) -> None:
    messages.put(error)
    threading.Event().wait()


def _end_with_parent() -> None:
    """End this process as soon as its parent is gone, also when that was killed."""
    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
