"""What a terminal and a file show of listening."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from tests.inference.live.test_events import EVENTS, HEARD

from emotion_classifier.cli.inference.event_file import EventFile
from emotion_classifier.cli.inference.live_view import LiveView
from emotion_classifier.cli.inference.plain_view import PlainView, sentence
from emotion_classifier.emotions.timeline import Window
from emotion_classifier.errors import StorageError
from emotion_classifier.inference.asr.phrases import Phrase
from emotion_classifier.inference.asr.recogniser import Word
from emotion_classifier.inference.live.events import Event, NoticeEvent, WindowEvent, WordsEvent


def words(phrase: int, text: str, *, is_final: bool = True) -> WordsEvent:
    return WordsEvent(Phrase(phrase, (Word(0.0, 1.0, text, None),), is_final, 0.0, 1.0))


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=100)


def shown(view: LiveView) -> str:
    console = Console(file=io.StringIO(), width=100)
    with console.capture() as capture:
        console.print(view.render())
    return capture.get()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_each_event_is_one_line(event: Event) -> None:
    assert sentence(event)
    assert "\n" not in sentence(event)


def test_a_plain_view_leaves_out_what_changes_all_the_time() -> None:
    file = io.StringIO()
    with PlainView(Console(file=file, width=200)) as view:
        for event in [*EVENTS, words(2, "half a", is_final=False)]:
            view.show(event)
    text = file.getvalue()
    assert len(text.splitlines()) == 6
    assert "sad" in text
    assert "“Grüße”" in text
    assert "250 ms" in text
    assert "received 10, processed 7, dropped 3" in text
    assert "half a" not in text


def test_a_live_view_shows_emotion_bars_tone_words_and_notices() -> None:
    view = LiveView(terminal())
    assert "the first answer" in shown(view)
    for event in EVENTS[:-1]:
        view.show(event)
    picture = shown(view)
    for expected in ("now  sad  75%", "neutral", "0.25", "tone  sad", "Grüße", "-20 dBFS"):
        assert expected in picture
    assert "clipping: lower the input level" in picture


def test_a_later_result_of_a_phrase_replaces_the_earlier_one() -> None:
    view = LiveView(terminal())
    view.show(words(1, "recognise", is_final=False))
    view.show(words(1, "wreck a nice"))
    assert "recognise" not in shown(view)
    assert "wreck a nice" in shown(view)


def test_what_a_live_view_keeps_does_not_grow() -> None:
    view = LiveView(terminal())
    for number in range(100):
        view.show(words(number, f"[bold]phrase {number}"))
        view.show(NoticeEvent("clipping", f"notice {number}", float(number)))
        view.show(WindowEvent(Window(0, 5, HEARD, HEARD, HEARD, -20), 0, 0))
    lines = shown(view).splitlines()
    assert len(lines) < 20
    assert any("[bold]phrase 99" in line for line in lines)
    assert not any("phrase 90" in line for line in lines)


def test_a_terminal_is_left_in_order() -> None:
    console = terminal()
    with LiveView(console) as view:
        for event in EVENTS:
            view.show(event)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().rstrip().endswith("latency (95 %) 10 ms")


def test_an_event_file_has_a_line_for_all_but_levels(tmp_path: Path) -> None:
    path = tmp_path / "new" / "events.jsonl"
    with EventFile(path) as file:
        for number, event in enumerate(EVENTS):
            file.show(event)
            written = path.read_text("utf-8")  # readable at once
            assert len(written.splitlines()) == number + 1 - (number >= 7)
    kinds = [json.loads(line)["event"] for line in path.read_text("utf-8").splitlines()]
    assert kinds == [event.kind for event in EVENTS if event.kind != "level"]


def test_an_event_file_that_cannot_be_written_is_told() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs a device that is always full")
    with pytest.raises(StorageError, match="/dev/full"), EventFile(full) as file:
        file.show(EVENTS[1])
