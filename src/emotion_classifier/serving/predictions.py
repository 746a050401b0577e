"""Predictions in a bounded number of threads, so that the event loop is not blocked."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from emotion_classifier.audio.isolated.decoder import DecodingCancelledError
from emotion_classifier.inference.predictor import CancelledError
from emotion_classifier.serving.config import UploadLimits
from emotion_classifier.serving.metrics import Metrics
from emotion_classifier.serving.problems import ProblemError

Result = TypeVar("Result")

_RETRY_SECONDS = 2.0


class PredictionQueue:
    """Runs functions in threads, for a limited number of requests in progress.

    Parameters
    ----------
    limits : of threads, functions in progress, and time.
    metrics : receives the number of functions in progress and their time.
    """

    def __init__(self, limits: UploadLimits, metrics: Metrics) -> None:
        self._limits, self._metrics = limits, metrics
        threads = limits.threads or (os.cpu_count() or 1) + 1
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="prediction")
        self._in_progress: dict[Future[Any], threading.Event] = {}
        self._requests: set[asyncio.Task[Any]] = set()
        self._is_stopped = False

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count the request of the current task as in progress.

        Raises
        ------
        ProblemError
            There are too many, or the service is stopped.
        """
        if len(self._requests) >= self._limits.waiting:
            detail = f"{self._limits.waiting} requests are in progress: try again later"
            raise ProblemError(503, "busy", detail, retry_after_seconds=_RETRY_SECONDS)
        task = asyncio.current_task()
        assert task is not None
        self._requests.add(task)
        self._metrics.queue.set(len(self._requests))
        try:
            yield
        except asyncio.CancelledError:
            if not self._is_stopped:
                raise
            task.uncancel()
            raise stopping() from None
        finally:
            self._requests.discard(task)
            self._metrics.queue.set(len(self._requests))

    async def finish(self) -> None:
        """Wait until all requests in progress have their responses."""
        if self._requests:
            await asyncio.wait(self._requests)

    async def run(self, function: Callable[[threading.Event], Result]) -> Result:
        """The result of a function, whose argument is set when it must stop.

        Raises
        ------
        ProblemError
            It took longer than the limit, or the service is stopped.
        """
        cancelled = threading.Event()
        future = self._threads.submit(self._timed, function, cancelled)
        self._in_progress[future] = cancelled
        future.add_done_callback(lambda done: self._in_progress.pop(done, None))
        try:
            async with asyncio.timeout(self._limits.predict_seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            detail = (
                f"the prediction took longer than {self._limits.predict_seconds:g} s: "
                "send a shorter recording, or try again later"
            )
            raise ProblemError(503, "timeout", detail, retry_after_seconds=30.0) from None
        except (CancelledError, DecodingCancelledError):
            raise stopping() from None
        finally:
            cancelled.set()

    def stop(self) -> None:
        """Cancel all requests and functions; those in progress end at the next block of audio."""
        self._is_stopped = True
        for request in self._requests:
            request.cancel()
        for cancelled in list(self._in_progress.values()):
            cancelled.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _timed(
        self, function: Callable[[threading.Event], Result], cancelled: threading.Event
    ) -> Result:
        if cancelled.is_set():
            raise CancelledError
        began = time.perf_counter()
        try:
            return function(cancelled)
        finally:
            self._metrics.prediction_seconds.observe(time.perf_counter() - began)


def stopping() -> ProblemError:
    """The problem of a request that the service does not finish."""
    detail = "the service is being stopped: try again later"
    return ProblemError(503, "stopping", detail, retry_after_seconds=10.0)
