"""Concurrent map over threads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from threading import Event
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Enough to keep every thread busy, and few enough to bound the memory of results.
_AHEAD = 64


def map_in_order(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int | None = None,
    ahead: int = _AHEAD,
    ended: Event | None = None,
) -> Generator[Result, None, None]:
    """Results of `function` for each item, computed by threads, in the order of `items`.

    Decoding, resampling and models release the interpreter lock. Items are read as needed: memory
    does not grow with their number.

    Parameters
    ----------
    workers : number of threads; None takes one for each core.
    ahead : number of results that are computed before they are taken, at most.
    ended : set when no further result is needed, so that a long-running `function` can stop.
    """
    remaining = iter(items)
    with ThreadPoolExecutor(max_workers=workers or os.cpu_count()) as pool:
        queue: deque[Future[Result]] = deque()
        try:
            while True:
                upcoming = islice(remaining, ahead - len(queue))
                queue.extend(pool.submit(function, item) for item in upcoming)
                if not queue:
                    return
                yield queue.popleft().result()
        finally:  # Ctrl-C, or a consumer that stops early: skip the queue
            if ended is not None:
                ended.set()
            pool.shutdown(cancel_futures=True)
