"""Processes of this machine that work on one task together, and what they tell the one that asked.

Their console is that of the process that asked, an error of theirs is raised there, and they live no
longer than it does.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any, TypeAlias

import torch

from emotion_classifier.errors import EmotionClassifierError, RunError
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.launch import spawned_group

Messages: TypeAlias = "SimpleQueue[Progress | BaseException]"
_LOOK_SECONDS = 0.1


def in_processes(
    count: int,
    task: Callable[..., object],
    arguments: tuple[Any, ...],
    config: TrainingConfig,
    report: Report,
) -> None:
    """Run `task` in `count` new processes at once, and wait for them.

    Parameters
    ----------
    task : a function of a module. It receives the arguments and, by name, ``report``.
    arguments : what can be pickled.
    config : of the training, for the device.
    report : receives the progress of the first of the processes.

    Raises
    ------
    EmotionClassifierError
        The first that one of them raised; the others are ended.
    RunError
        One of them was ended from outside.
    """
    context = get_context("spawn")
    messages: Messages = context.SimpleQueue()
    with tempfile.TemporaryDirectory() as folder:
        processes = [
            context.Process(
                target=_work,
                args=(
                    rank,
                    count,
                    Path(folder, "store"),
                    config,
                    task,
                    arguments,
                    messages,
                ),
            )
            for rank in range(count)
        ]
        try:
            with _undisturbed():
                for process in processes:
                    process.start()
            _watch(processes, messages, report)
        finally:
            for process in processes:
                if process.pid is not None:
                    process.kill()
                    process.join()


def _watch(processes: list[SpawnProcess], messages: Messages, report: Report) -> None:
    """Wait for the processes to end, and pass on what they tell."""
    running = list(processes)
    while running:
        connection.wait([process.sentinel for process in running], _LOOK_SECONDS)
        # Before the messages: who has ended has told all.
        running = [process for process in running if process.exitcode is None]
        failures = _passed_on(messages, report)
        for place, process in enumerate(processes, 1):
            if process.exitcode:
                raise RunError(_loss(place, len(processes), process.exitcode)) from (
                    failures[0] if failures else None
                )
        if failures:
            raise failures[0]


def _passed_on(messages: Messages, report: Report) -> list[BaseException]:
    """Report the progress that has arrived, and return the errors."""
    failures: list[BaseException] = []
    while not messages.empty():
        message = messages.get()
        if isinstance(message, Progress):
            report(message)
        else:
            failures.append(message)
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
    rank: int,
    world_size: int,
    store: Path,
    config: TrainingConfig,
    task: Callable[..., object],
    arguments: tuple[Any, ...],
    messages: Messages,
) -> None:
    """Do the task as one of several; after an error wait to be ended, the group still whole.

    A process that leaves breaks the group, and the others would tell of that instead.
    """
    _end_with_parent()
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, torch.get_num_threads() // world_size))
    report: Report = messages.put if rank == 0 else ignore
    try:
        with spawned_group(rank, world_size, store, config):
            try:
                task(*arguments, report=report)
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
