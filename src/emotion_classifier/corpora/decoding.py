"""One pass over the recordings of a corpus, several at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeAlias, TypeVar

from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.waveform import Waveform
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import AudioError

T = TypeVar("T")
Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number done and the number of all."""

# Enough to keep every thread at work, and few enough that results do not pile up.
_AHEAD = 64


def measure_all(
    utterances: Sequence[Utterance],
    measure: Callable[[Waveform], T],
    *,
    progress: Progress | None = None,
) -> Generator[tuple[Utterance, T | AudioError], None, None]:
    """Each utterance with `measure` of its waveform, or the error of decoding it, in order.

    Threads decode at the same time, because libsndfile and NumPy run outside the interpreter lock;
    memory does not grow with the number of utterances.
    """

    def one(utterance: Utterance) -> T | AudioError:
        try:
            return measure(read_audio(utterance.path))
        except AudioError as error:
            return error

    remaining = iter(utterances)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        queue: deque[tuple[Utterance, Future[T | AudioError]]] = deque()
        try:
            for done in range(1, len(utterances) + 1):
                wanted = islice(remaining, _AHEAD - len(queue))
                queue.extend((utterance, pool.submit(one, utterance)) for utterance in wanted)
                utterance, future = queue.popleft()
                yield utterance, future.result()
                if progress is not None:
                    progress(done, len(utterances))
        finally:  # Ctrl-C, or a reader that stops early: do not decode what is queued
            pool.shutdown(cancel_futures=True)
