"""Several items at a time, results in their order."""

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

# Enough to keep every thread at work, and few enough that results do not pile up.
_AHEAD = 64


def map_in_order(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int | None = None,
    ended: Event | None = None,
) -> Generator[Result, None, None]:
    """`function` of each item, in the order of `items`, computed by threads.

    Decoding, resampling and models run outside the interpreter lock, so threads are enough. Items
    are drawn as they are needed: memory does not grow with their number.

    Parameters
    ----------
    workers : number of threads; None takes one for each core.
    ended : is set when no result is wanted any more, so that a `function` that takes long can stop.
    """
    remaining = iter(items)
    with ThreadPoolExecutor(max_workers=workers or os.cpu_count()) as pool:
        queue: deque[Future[Result]] = deque()
        try:
            while True:
                wanted = islice(remaining, _AHEAD - len(queue))
                queue.extend(pool.submit(function, item) for item in wanted)
                if not queue:
                    return
                yield queue.popleft().result()
        finally:  # Ctrl-C, or a reader that stops early: do not compute what is queued
            if ended is not None:
                ended.set()
            pool.shutdown(cancel_futures=True)
