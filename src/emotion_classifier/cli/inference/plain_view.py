"""What listening tells, as lines of text."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console

from emotion_classifier.inference.live.events import (
    DeviceEvent,
    Event,
    LevelEvent,
    NoticeEvent,
    OverrunEvent,
    SegmentEvent,
    SpeechEvent,
    SummaryEvent,
    WindowEvent,
    WordsEvent,
)


class PlainView:
    """One line for each event that a reader wants: for files, pipes and simple terminals.

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

    def show(self, event: Event) -> None:
        """Print the line of an event."""
        is_partial = isinstance(event, WordsEvent) and not event.phrase.is_final
        if is_partial or isinstance(event, LevelEvent | SpeechEvent | SegmentEvent):
            return
        self._console.print(sentence(event), markup=False, highlight=False)


def sentence(event: Event) -> str:
    """An event in one line."""
    match event:
        case WindowEvent(window=window):
            heard, tone = window.smoothed, window.tone.answer
            span = f"{window.start_seconds:7.1f} {window.end_seconds:7.1f}"
            certainty = f"{heard.confidence:.2f}" if heard.answer == heard.emotion else "    "
            return f"{span}  {heard.answer:<10} {certainty}  tone {tone}"
        case SegmentEvent(segment=segment):
            return f"{segment.start_seconds:7.1f} {segment.end_seconds:7.1f}  {segment.answer}"
        case SpeechEvent():
            return f"{event.seconds:7.1f}          speech {event.state}s"
        case WordsEvent(phrase=phrase):
            return f"{phrase.start_seconds:7.1f} {phrase.end_seconds:7.1f}  “{phrase.text}”"
        case OverrunEvent(milliseconds=milliseconds):
            lost = "some audio" if milliseconds is None else f"{milliseconds:.0f} ms of audio"
            what = "words of " if event.place == "words" else ""
            return f"{event.seconds:7.1f}          overrun: {what}{lost} lost ({event.place})"
        case DeviceEvent():
            given = "" if event.sample_rate is None else f", {event.sample_rate} Hz"
            channels = "" if event.channels is None else f", channels: {event.channels}"
            reason = "" if event.reason is None else f": {event.reason}"
            return (
                f"{event.seconds:7.1f}          {event.state} {event.name}{given}{channels}{reason}"
            )
        case NoticeEvent():
            return f"{event.seconds:7.1f}          {event.code}: {event.message}"
        case LevelEvent():
            return f"{event.seconds:7.1f}          {event.rms_dbfs:.0f} dBFS"
        case SummaryEvent():
            return _account(event)


def _account(summary: SummaryEvent) -> str:
    tone = max(summary.tone, key=summary.tone.__getitem__) if summary.tone else "no speech"
    parts = [
        f"{summary.audio_seconds:.1f} s heard in {summary.windows} windows: {tone}",
        f"samples received {summary.received_samples}, processed {summary.processed_samples}, "
        f"dropped {summary.dropped_samples}",
    ]
    if summary.skipped_windows:
        parts.append(f"{summary.skipped_windows} interim windows skipped")
    if summary.latency_p95_seconds is not None:
        parts.append(f"latency (95 %) {1000 * summary.latency_p95_seconds:.0f} ms")
    return "; ".join(parts)
