"""Views of the events of a live session: lines of JSON and lines of text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from rich.console import Console

from emotion_classifier.errors import storage_errors
from emotion_classifier.inference.events import (
    DeviceEvent,
    LevelEvent,
    LiveEvent,
    NoticeEvent,
    OverrunEvent,
    SegmentEvent,
    SpeechEvent,
    SpeechStartEvent,
    SummaryEvent,
    WindowEvent,
    WordsEvent,
    to_json_line,
)

View: TypeAlias = Callable[[LiveEvent], None]
"""Shows or writes one event. A view comes from a context manager, which opens and closes its output."""


@contextmanager
def json_lines(path: Path | None) -> Iterator[View]:
    """A view that writes a line of JSON for each event at once, except levels, ten a second.

    Parameters
    ----------
    path : an existing file is replaced; None is standard output.

    Raises
    ------
    StorageError
        The file cannot be written.
    """
    target, remedy = path or Path("standard output"), "Free some space or choose another file."
    file = sys.stdout
    if path is not None:
        with storage_errors(target, remedy):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("w", encoding="utf-8")

    def write(event: LiveEvent) -> None:
        if isinstance(event, LevelEvent):
            return
        with storage_errors(target, remedy):
            file.write(to_json_line(event))
            file.flush()

    try:
        yield write
    finally:
        if path is not None:
            with storage_errors(target, remedy):
                file.close()


@contextmanager
def text_lines(console: Console) -> Iterator[View]:
    """A view that prints a line for each event except frequent ones, for files and simple terminals."""

    def show(event: LiveEvent) -> None:
        is_partial = isinstance(event, WordsEvent) and not event.is_final
        if not (is_partial or isinstance(event, _NOT_SHOWN)):
            console.print(sentence(event), markup=False, highlight=False)

    yield show


_NOT_SHOWN = (LevelEvent, SpeechStartEvent, SpeechEvent, SegmentEvent)


def sentence(event: LiveEvent) -> str:
    """An event in one line."""
    match event:
        case WindowEvent():
            confidence = f"{event.confidence:.2f}" if event.answer in event.smoothed else "    "
            return f"{_span(event)}  {event.answer:<10} {confidence}  tone {event.tone_answer}"
        case SegmentEvent():
            return f"{_span(event)}  {event.answer}"
        case SpeechStartEvent():
            return f"{_time(event)}speech starts"
        case SpeechEvent():
            return f"{_span(event)}  speech"
        case WordsEvent():
            return f"{_span(event)}  “{event.text}”"
        case OverrunEvent(milliseconds=milliseconds):
            lost = "some audio" if milliseconds is None else f"{milliseconds:.0f} ms of audio"
            words = "words of " if event.place == "words" else ""
            return f"{_time(event)}overrun: {words}{lost} lost ({event.place})"
        case DeviceEvent():
            rate = "" if event.sample_rate is None else f", {event.sample_rate} Hz"
            channels = "" if event.channels is None else f", channels: {event.channels}"
            reason = "" if event.reason is None else f": {event.reason}"
            return f"{_time(event)}{event.state} {event.name}{rate}{channels}{reason}"
        case NoticeEvent():
            return f"{_time(event)}{event.code}: {event.message}"
        case LevelEvent():
            return f"{_time(event)}{event.rms_dbfs:.0f} dBFS"
        case SummaryEvent():
            return _summary(event)


def _span(event: WindowEvent | SegmentEvent | SpeechEvent | WordsEvent) -> str:
    return f"{event.start_seconds:7.1f} {event.end_seconds:7.1f}"


def _time(event: SpeechStartEvent | OverrunEvent | DeviceEvent | NoticeEvent | LevelEvent) -> str:
    return f"{event.seconds:7.1f}          "


def _summary(summary: SummaryEvent) -> str:
    parts = [f"{summary.duration_seconds:.1f} s in {summary.windows} windows: {summary.answer}"]
    if session := summary.session:
        parts.append(
            f"samples received {session.received_samples}, processed {session.processed_samples}, "
            f"dropped {session.dropped_samples}"
        )
        if session.skipped_windows:
            parts.append(f"{session.skipped_windows} interim windows skipped")
        if session.latency_p95_seconds is not None:
            parts.append(f"latency (95 %) {1000 * session.latency_p95_seconds:.0f} ms")
    return "; ".join(parts)
