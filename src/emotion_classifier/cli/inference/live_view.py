"""Display of a live session in a terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from emotion_classifier.cli.inference.event_views import View, sentence
from emotion_classifier.inference.events import (
    DeviceEvent,
    LevelEvent,
    LiveEvent,
    NoticeEvent,
    OverrunEvent,
    SpeechEvent,
    SpeechStartEvent,
    SummaryEvent,
    WindowEvent,
    WordsEvent,
)

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
                    self._source = event.name
                self._notices.append(sentence(event))

    def __rich__(self) -> RenderableType:
        """The current state."""
        parts: list[RenderableType] = [self._header(), self._meter()]
        if self._window is None:
            parts.append(Text("the first answer comes after one window", style="dim"))
        else:
            window = self._window
            parts += [_answer("now", window.answer, window.smoothed), _bars(window.smoothed)]
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
