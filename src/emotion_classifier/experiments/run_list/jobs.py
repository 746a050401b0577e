"""Jobs that this process executes, or new processes of this machine, each one job after another."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Generic, TypeAlias, TypeVar

from emotion_classifier.errors import EmotionClassifierError, RunError
from emotion_classifier.progress import Progress, Report
from emotion_classifier.training.distributed.child_processes import (
    end_with_parent,
    ending,
    interrupts_ignored,
    share_threads,
)

T = TypeVar("T")
Job: TypeAlias = tuple[Any, ...]
"""Arguments of a task, which can be pickled."""


def execute_jobs(
    task: Callable[..., T],
    jobs: Mapping[int, Job],
    processes: int,
    report: Report,
    ended: Callable[[int, T | Exception], None],
) -> None:
    """Execute ``task(*job, report=...)`` for each job, at most `processes` at the same time.

    An error ends its job alone, and so does the death of a process. An exception in this process, such
    as `KeyboardInterrupt`, ends all processes at once.

    Parameters
    ----------
    task : function of a module.
    jobs : key → job.
    processes : 1 executes the jobs in this process; otherwise each has its share of the threads.
    report : receives the progress of all jobs.
    ended : receives the key of a job and its value or error as soon as it has ended.
    """
    if processes == 1:
        for key, job in jobs.items():
            ended(key, _value_or_error(task, job, report))
        return
    waiting = deque(jobs.items())
    workers: dict[int, _Worker] = {}
    try:
        for number in range(1, min(processes, len(jobs)) + 1):
            workers[number] = _Worker.start(task, processes, number, *waiting.popleft())
        while workers:
            ready = connection.wait([worker.connection for worker in workers.values()])
            for number, worker in list(workers.items()):
                if worker.connection not in ready:
                    continue
                message = worker.receive()
                if isinstance(message, Progress):
                    report(message)
                    continue
                ended(worker.key, message.value if isinstance(message, _Value) else message)
                if waiting:
                    workers[number] = worker.continued(task, processes, *waiting.popleft())
                else:
                    worker.end()
                    del workers[number]
    finally:
        for worker in workers.values():
            worker.process.kill()
            worker.process.join()


@dataclass(frozen=True)
class _Value(Generic[T]):
    """The value of a job."""

    value: T


def _value_or_error(task: Callable[..., T], job: Job, report: Report) -> T | Exception:
    try:
        return task(*job, report=report)
    except EmotionClassifierError as error:
        return error
    except Exception:  # of any type, also one that cannot be pickled
        return RunError(traceback.format_exc())


@dataclass(frozen=True)
class _Worker:
    """A process, and the key of the job that it executes."""

    process: SpawnProcess
    connection: Connection[Any, Any]
    number: int
    key: int

    @classmethod
    def start(
        cls, task: Callable[..., Any], processes: int, number: int, key: int, job: Job
    ) -> _Worker:
        """A new process with its first job."""
        context = get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_work, args=(task, processes, there))
        with interrupts_ignored():
            process.start()
        there.close()  # so that the death of the process closes the connection
        return cls(process, here, number, key).given(key, job)

    def continued(self, task: Callable[..., Any], processes: int, key: int, job: Job) -> _Worker:
        """The process with its next job; a new process where it has died."""
        if self.process.exitcode is not None:
            return self.start(task, processes, self.number, key, job)
        return self.given(key, job)

    def given(self, key: int, job: Job) -> _Worker:
        """The process with a job. Its death is found when the result is received."""
        with suppress(ConnectionError):
            self.connection.send(job)
        return replace(self, key=key)

    def receive(self) -> Progress | _Value[Any] | Exception:
        """The next message; an error where the process has died."""
        try:
            message: Progress | _Value[Any] | Exception = self.connection.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            assert self.process.exitcode is not None
            return RunError(
                f"its process {ending(self.process.exitcode)}; where memory ran out, take fewer "
                "processes or a smaller training.batch_size"
            )
        if isinstance(message, Progress) and message.task:
            return replace(message, task=f"process {self.number}")
        return message

    def end(self) -> None:
        """Let the process end, which waits for a job."""
        self.connection.close()
        self.process.join()


def _work(task: Callable[..., Any], processes: int, jobs: Connection[Any, Any]) -> None:
    end_with_parent()
    share_threads(processes)
    with suppress(EOFError):
        while True:
            result = _value_or_error(task, jobs.recv(), jobs.send)
            jobs.send(result if isinstance(result, Exception) else _Value(result))
