"""Events of a live session in a terminal and in a file."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from tests.inference.test_events import LIVE_EVENTS, WINDOW, words

from emotion_classifier.cli.inference.event_views import (
    SessionDisplay,
    json_lines,
    live_view,
    sentence,
    text_lines,
)
from emotion_classifier.errors import StorageError
from emotion_classifier.inference.events import (
    LiveEvent,
    NoticeEvent,
    SummaryEvent,
    WindowEvent,
    to_json_line,
)


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=100)


def shown(display: SessionDisplay) -> str:
    console = Console(file=io.StringIO(), width=100)
    with console.capture() as capture:
        console.print(display)
    return capture.get()


@pytest.mark.parametrize("event", LIVE_EVENTS, ids=lambda event: event.event)
def test_each_event_is_one_line(event: LiveEvent) -> None:
    assert sentence(event)
    assert "\n" not in sentence(event)


def test_emotion_and_words_of_a_window_are_on_one_line() -> None:
    window = WindowEvent.of_window(WINDOW)
    line = sentence(window.with_words(words(1, "Grüße").words))
    assert line.startswith(sentence(window))
    assert "sad" in line and line.endswith("“Grüße”")
    display = SessionDisplay()
    display.update(window.with_words(words(1, "Grüße").words))
    (now,) = (line for line in shown(display).splitlines() if line.startswith("now"))
    assert "sad" in now and "“Grüße”" in now


def test_a_text_view_leaves_out_frequent_events() -> None:
    file = io.StringIO()
    with text_lines(Console(file=file, width=200)) as show:
        for event in [*LIVE_EVENTS, words(2, "half a", is_final=False)]:
            show(event)
    text = file.getvalue()
    assert len(text.splitlines()) == 6
    assert "1.0 s in 1 window: sad" in text
    assert "sad" in text
    assert "“Grüße”" in text
    assert "250 ms" in text
    assert "received 10, processed 7, dropped 3" in text
    assert "half a" not in text


def test_a_display_shows_emotion_bars_tone_words_and_notices() -> None:
    display = SessionDisplay()
    assert "the first answer" in shown(display)
    for event in LIVE_EVENTS[:-1]:
        display.update(event)
    picture = shown(display)
    for expected in ("now  sad  75%", "neutral", "0.25", "tone  sad", "Grüße", "-20 dBFS"):
        assert expected in picture
    assert "clipping: lower the input level" in picture


def test_a_later_result_of_a_phrase_replaces_the_earlier_result() -> None:
    display = SessionDisplay()
    display.update(words(1, "recognise", is_final=False))
    display.update(words(1, "wreck a nice"))
    assert "recognise" not in shown(display)
    assert "wreck a nice" in shown(display)


def test_a_live_view_has_a_bounded_size() -> None:
    display = SessionDisplay()
    for number in range(100):
        display.update(words(number, f"[bold]phrase {number}"))
        display.update(NoticeEvent(code="clipping", message=f"notice {number}", seconds=number))
        display.update(WindowEvent.of_window(WINDOW))
    lines = shown(display).splitlines()
    assert len(lines) < 20
    assert any("[bold]phrase 99" in line for line in lines)
    assert not any("phrase 90" in line for line in lines)


def test_a_live_view_ends_with_the_summary() -> None:
    console = terminal()
    with live_view(console) as show:
        for event in LIVE_EVENTS:
            show(event)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().rstrip().endswith("latency (95 %) 10 ms")


def test_an_event_file_has_a_line_for_all_but_levels(tmp_path: Path) -> None:
    path = tmp_path / "new" / "events.jsonl"
    with json_lines(path) as write:
        for number, event in enumerate(LIVE_EVENTS):
            write(event)
            written = path.read_text("utf-8")  # readable at once
            assert len(written.splitlines()) == number + 1 - (number >= 8)
    lines = [to_json_line(event) for event in LIVE_EVENTS if event.event != "level"]
    assert path.read_text("utf-8") == "".join(lines)


def test_an_event_file_is_replaced_by_the_first_event(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("earlier\n")
    with json_lines(path):
        pass
    assert path.read_text() == "earlier\n"
    with json_lines(path) as write:
        write(LIVE_EVENTS[1])
        write(LIVE_EVENTS[1])
    assert path.read_text("utf-8") == 2 * to_json_line(LIVE_EVENTS[1])


def test_an_event_file_that_cannot_be_written_is_an_error() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs a device that is always full")
    with pytest.raises(StorageError, match="/dev/full"), json_lines(full) as write:
        write(LIVE_EVENTS[1])


def test_the_closing_line_has_the_answer_of_the_summary() -> None:
    summary = SummaryEvent(
        answer="uncertain",
        confidence=0.4,
        probabilities={"neutral": 0.4, "sad": 0.3, "happy": 0.3},
        shares=None,
        duration_seconds=8.0,
        speech_seconds=6.0,
        windows=4,
    )
    assert sentence(summary) == "8.0 s in 4 windows: uncertain"
