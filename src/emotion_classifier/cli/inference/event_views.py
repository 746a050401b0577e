"""Views of the events of a live session: lines of JSON, lines of text and a display in a terminal."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from emotion_classifier.errors import storage_errors
from emotion_classifier.escapes import one_line
from emotion_classifier.inference.event_fields import text_of
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
    path : an existing file is replaced by the first event; None is standard output.

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
            file = path.open("a", encoding="utf-8")
    is_empty = path is None or not path.is_file()

    def write(event: LiveEvent) -> None:
        nonlocal is_empty
        if isinstance(event, LevelEvent):
            return
        with storage_errors(target, remedy):
            if not is_empty:
                file.truncate(0)
                is_empty = True
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
    return one_line(_sentence(event))


def _sentence(event: LiveEvent) -> str:
    match event:
        case WindowEvent():
            confidence = f"{event.confidence:.2f}" if event.answer in event.smoothed else "    "
            words = f"  “{text_of(event.words)}”" if event.words else ""
            return (
                f"{_span(event)}  {event.answer:<10} {confidence}  tone {event.tone_answer}{words}"
            )
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
    windows = f"{summary.windows} window{'s' * (summary.windows != 1)}"
    parts = [f"{summary.duration_seconds:.1f} s in {windows}: {summary.answer}"]
    if summary.warning is not None:
        parts.append(summary.warning)
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


_QUIETEST_DBFS = -60.0
_BAR_WIDTH = 40
_PHRASES = 6
_NOTICES = 3
_FRAMES_PER_SECOND = 8


@contextmanager
def live_view(console: Console) -> Iterator[View]:
    """A view of a live session on a terminal, updated in place; at the end it prints the summary."""
    display = SessionDisplay()
    with Live(display, console=console, refresh_per_second=_FRAMES_PER_SECOND):
        yield display.update
    if display.summary is not None:
        console.print(sentence(display.summary), markup=False, highlight=False)


class SessionDisplay:
    """Level meter, emotion, probabilities, tone, words and notices of a live session."""

    def __init__(self) -> None:
        self.summary: SummaryEvent | None = None
        self._source = ""
        self._level = LevelEvent(seconds=0, rms_dbfs=_QUIETEST_DBFS, peak_dbfs=_QUIETEST_DBFS)
        self._is_speaking = False
        self._window: WindowEvent | None = None
        self._phrases: dict[int, str] = {}
        self._notices: deque[str] = deque(maxlen=_NOTICES)

    def update(self, event: LiveEvent) -> None:
        """Update the state with an event."""
        match event:
            case LevelEvent():
                self._level = event
            case WindowEvent():
                self._window = event
            case SpeechStartEvent() | SpeechEvent():
                self._is_speaking = isinstance(event, SpeechStartEvent)
            case WordsEvent():
                self._phrases[event.phrase] = event.text
                if len(self._phrases) > _PHRASES:
                    del self._phrases[next(iter(self._phrases))]
            case SummaryEvent():
                self.summary = event
            case DeviceEvent() | NoticeEvent() | OverrunEvent():
                if isinstance(event, DeviceEvent):
                    self._source = one_line(event.name)
                self._notices.append(sentence(event))

    def __rich__(self) -> RenderableType:
        """The current state."""
        parts: list[RenderableType] = [self._header(), self._meter()]
        if self._window is None:
            parts.append(Text("the first answer comes after one window", style="dim"))
        else:
            window = self._window
            now = _answer("now", window.answer, window.smoothed)
            if window.words:
                now.append(f"  “{text_of(window.words)}”", style="dim")
            parts += [now, _bars(window.smoothed)]
            parts.append(_answer("tone", window.tone_answer, window.tone))
        parts += [Text(text) for text in self._phrases.values() if text]
        parts += [Text(text, style="yellow") for text in self._notices]
        return Group(*parts)

    def _header(self) -> Text:
        minutes, seconds = divmod(int(self._level.seconds), 60)
        return Text(f"{self._source}  {minutes:d}:{seconds:02d}  Ctrl-C ends", style="dim")

    def _meter(self) -> Table:
        filled = max(0.0, self._level.rms_dbfs - _QUIETEST_DBFS)
        row = _grid()
        row.add_row(
            "level",
            ProgressBar(total=-_QUIETEST_DBFS, completed=filled, width=_BAR_WIDTH),
            f"{self._level.rms_dbfs:.0f} dBFS" + ("  speech" if self._is_speaking else ""),
        )
        return row


def _answer(name: str, answer: str, probabilities: Mapping[str, float]) -> Text:
    confidence = f"  {probabilities[answer]:.0%}" if answer in probabilities else ""
    return Text.assemble(f"{name}  ", (answer, "bold"), confidence)


def _bars(probabilities: Mapping[str, float]) -> Table:
    table = _grid()
    for emotion, probability in probabilities.items():
        bar = ProgressBar(total=1.0, completed=probability, width=_BAR_WIDTH)
        table.add_row(emotion, bar, f"{probability:.2f}")
    return table


def _grid() -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=10)
    table.add_column(width=_BAR_WIDTH)
    table.add_column()
    return table
