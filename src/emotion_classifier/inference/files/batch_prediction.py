"""Predictions of many files, several at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from threading import Event
from typing import TypeAlias

from emotion_classifier.audio.concurrency import map_in_order
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.files.result import FilePrediction
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.recording import require_several
from emotion_classifier.units import Seconds

PredictAll: TypeAlias = Callable[
    [Iterable[Path | AudioError]], Generator[FilePrediction, None, None]
]
"""Computes the row of each file, in order."""

_BATCH_SECONDS: Seconds = 0.05
_LARGEST_BATCH = 16


def predict_files(
    predictor: Predictor, files: Iterable[Path | str | AudioError], *, workers: int | None = None
) -> Generator[FilePrediction, None, None]:
    """A row for each file, in order; closing the generator cancels the files in work.

    Parameters
    ----------
    predictor : best with one thread of its own, since several files are processed at a time.
    files : as found; an `AudioError` becomes a row of its own.
    workers : number of threads; None takes one for each core.

    Raises
    ------
    TypeError
        A single file instead of several.
    """
    require_several(files)
    cancelled = Event()
    batches = _Batches(Path(file) if isinstance(file, str) else file for file in files)

    def process(batch: list[Path | AudioError]) -> list[FilePrediction]:
        with batches.timed(len(batch)):
            return predict_batch(predictor, batch, cancelled)

    workers = workers or os.cpu_count()
    with closing(map_in_order(process, batches, workers=workers, ended=cancelled)) as done:
        for rows in done:
            yield from rows


def predict_batch(
    predictor: Predictor, files: Sequence[Path | AudioError], cancelled: Event | None = None
) -> list[FilePrediction]:
    """The rows of a few files, in order; a row depends on nothing but its file.

    Raises
    ------
    CancelledError
        `cancelled` was set before the end.
    """
    paths = [file for file in files if not isinstance(file, AudioError)]
    found = iter(predictor.predict_batch(paths, cancelled=cancelled))
    return [
        FilePrediction.of_result(file, next(found))
        if isinstance(file, Path)
        else FilePrediction.of_result(file.path or Path(), file)
        for file in files
    ]


class _Batches:
    """Files in batches that take about `_BATCH_SECONDS` each: of one file where the model is slow."""

    def __init__(self, files: Iterable[Path | AudioError]) -> None:
        self._remaining = iter(files)
        self._size = 1

    def __iter__(self) -> Iterator[list[Path | AudioError]]:
        while batch := list(islice(self._remaining, self._size)):
            yield batch

    @contextmanager
    def timed(self, count: int) -> Iterator[None]:
        """Adapt the size of the next batches to the time that one of `count` files takes."""
        start = time.perf_counter()
        yield
        seconds = (time.perf_counter() - start) / count
        self._size = max(1, min(_LARGEST_BATCH, int(_BATCH_SECONDS / seconds)))
