"""Timelines of many recordings, several at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from pathlib import Path
from threading import Event

from emotion_classifier.audio.concurrency import map_in_order
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.predictor import CancelledError, Predictor
from emotion_classifier.inference.timeline.analyse import RecordingTimelines, analyse_file
from emotion_classifier.units import Seconds


def analyse_files(
    predictor: Predictor,
    files: Iterable[Path | AudioError],
    *,
    mix: bool,
    on_progress: Callable[[Seconds, Seconds], object] | None = None,
) -> Generator[tuple[Path, RecordingTimelines | AudioError], None, None]:
    """Each file with its timelines, or the error of one that cannot be used, in order.

    Closing the generator cancels the files in work.

    Parameters
    ----------
    predictor, mix, on_progress : see `analyse_file`.
    files : as found; an `AudioError` is passed on.
    """
    cancelled = Event()

    def report(seconds: Seconds, duration: Seconds) -> None:
        if cancelled.is_set():
            raise CancelledError
        if on_progress is not None:
            on_progress(seconds, duration)

    def process(file: Path | AudioError) -> tuple[Path, RecordingTimelines | AudioError]:
        if isinstance(file, AudioError):
            return file.path or Path(), file
        try:
            return file, analyse_file(predictor, file, mix=mix, on_progress=report)
        except AudioError as error:
            return file, error

    # Few results ahead: the timeline of an hour takes megabytes.
    ahead = 1 + (os.cpu_count() or 1)
    with closing(map_in_order(process, files, ahead=ahead, ended=cancelled)) as done:
        yield from done
