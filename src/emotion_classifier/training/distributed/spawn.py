"""New processes of this machine that run one task together.

Their progress is reported, and their errors are raised with their type, in the process that started
them; they end when it ends. Lightning's launchers do not replace this: ``ddp`` runs the whole command
again in every process, so that each would read the corpora and create a run; ``ddp_spawn`` forms the
group inside `Trainer.fit` only, too late for a frozen encoder that all processes run before, turns every
error into a traceback, and passes no progress on.
"""

from __future__ import annotations

import tempfile
import threading
import traceback
from collections.abc import Callable
from multiprocessing import connection, get_context
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any, TypeAlias

from torch import distributed

from emotion_classifier.errors import EmotionClassifierError, RunError
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.child_processes import (
    end_with_parent,
    ending,
    interrupts_ignored,
    share_threads,
)
from emotion_classifier.training.distributed.group import joined_group

Messages: TypeAlias = "SimpleQueue[Progress | BaseException]"
_POLL_SECONDS = 0.1


def in_processes(
    count: int,
    task: Callable[..., object],
    arguments: tuple[Any, ...],
    config: TrainingConfig,
    report: Report,
) -> None:
    """Run `task` in `count` new processes and wait until all have ended.

    Parameters
    ----------
    count : number of processes.
    task : function of a module; receives the arguments and the keyword ``report``.
    arguments : values that can be pickled.
    config : of the training, for the device.
    report : receives the progress of process 0.

    Raises
    ------
    EmotionClassifierError
        Raised in one of the processes; the others are killed.
    RunError
        One of the processes was killed.
    """
    context = get_context("spawn")
    messages: Messages = context.SimpleQueue()
    with tempfile.TemporaryDirectory() as folder:
        processes = [
            context.Process(
                target=_work,
                args=(rank, count, Path(folder, "store"), config, task, arguments, messages),
            )
            for rank in range(count)
        ]
        try:
            with interrupts_ignored():
                for process in processes:
                    process.start()
            _watch(processes, messages, report)
        finally:
            for process in processes:
                if process.pid is not None:
                    process.kill()
                    process.join()


def _watch(processes: list[SpawnProcess], messages: Messages, report: Report) -> None:
    """Wait for the processes to end, report their progress and raise their errors."""
    running = list(processes)
    while running:
        connection.wait([process.sentinel for process in running], _POLL_SECONDS)
        # Before the messages: a process that has ended has sent all of them.
        running = [process for process in running if process.exitcode is None]
        failures = _receive(messages, report)
        for number, process in enumerate(processes, 1):
            if process.exitcode:
                raise RunError(_exit_message(number, len(processes), process.exitcode)) from (
                    failures[0] if failures else None
                )
        if failures:
            raise failures[0]


def _receive(messages: Messages, report: Report) -> list[BaseException]:
    """Report the progress that has arrived, and return the errors."""
    failures: list[BaseException] = []
    while not messages.empty():
        message = messages.get()
        if isinstance(message, Progress):
            report(message)
        else:
            failures.append(message)
    return failures


def _exit_message(number: int, count: int, exit_code: int) -> str:
    text = f"process {number} of {count} {ending(exit_code)}"
    if exit_code > 0:
        return text
    return f"{text}. Where memory ran out, take a smaller training.batch_size or fewer training.devices"


def _work(
    rank: int,
    world_size: int,
    store: Path,
    config: TrainingConfig,
    task: Callable[..., object],
    arguments: tuple[Any, ...],
    messages: Messages,
) -> None:
    """Run the task as one of several processes; after an error wait to be killed.

    If a process left the group, the others would report the lost connection instead.
    """
    end_with_parent()
    share_threads(world_size)
    report: Report = messages.put if rank == 0 else ignore
    try:
        with joined_group(
            config,
            rank=rank,
            local_rank=rank,
            world_size=world_size,
            store=distributed.FileStore(str(store), world_size),  # type: ignore[attr-defined]
        ):
            try:
                task(*arguments, report=report)
            except EmotionClassifierError as error:
                _send_and_wait(messages, error)
            except Exception:
                _send_and_wait(messages, RuntimeError(traceback.format_exc()))
    except Exception:  # the group could not be joined
        _send_and_wait(messages, RuntimeError(traceback.format_exc()))


def _send_and_wait(messages: Messages, error: Exception) -> None:
    messages.put(error)
    threading.Event().wait()
