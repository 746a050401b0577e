"""Events of a live session as lines of text."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console

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
)


class PlainView:
    """A line for each event except frequent ones: for files, pipes and simple terminals.

    Parameters
    ----------
    console : to print to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return

    def show(self, event: LiveEvent) -> None:
        """Print the line of an event."""
        is_partial = isinstance(event, WordsEvent) and not event.is_final
        if is_partial or isinstance(
            event, LevelEvent | SpeechStartEvent | SpeechEvent | SegmentEvent
        ):
            return
        self._console.print(sentence(event), markup=False, highlight=False)


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


def _time(
    event: SpeechStartEvent | OverrunEvent | DeviceEvent | NoticeEvent | LevelEvent,
) -> str:
    return f"{event.seconds:7.1f}          "


def _summary(summary: SummaryEvent) -> str:
    parts = [
        f"{summary.duration_seconds:.1f} s in {summary.windows} windows: {summary.answer}",
    ]
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
