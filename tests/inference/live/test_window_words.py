"""Words of live windows, which are recognised after the window was predicted."""

from __future__ import annotations

from collections.abc import Iterator

from tests.inference.test_events import WINDOW

from emotion_classifier.inference.event_fields import Word, text_of
from emotion_classifier.inference.events import LiveEvent, NoticeEvent, WindowEvent, WordsEvent
from emotion_classifier.inference.live.transcriber import Transcriber, TranscriberEvent
from emotion_classifier.inference.live.window_words import WindowWords
from emotion_classifier.units import Seconds


class KnownWords(Transcriber):
    """Transcriber whose words become available when the test sets them."""

    def __init__(self) -> None:
        self.available: list[TranscriberEvent] = []
        self.finished: Seconds = 0.0

    @property
    def finished_seconds(self) -> Seconds:
        return self.finished

    def take(self) -> list[TranscriberEvent]:
        taken, self.available = self.available, []
        return taken

    def close(self, timeout_seconds: Seconds) -> list[TranscriberEvent]:
        return self.take()


def window(start_seconds: Seconds) -> WindowEvent:
    """A window of 5 s."""
    return WindowEvent.of_window(WINDOW, offset_seconds=start_seconds)


def phrase(number: int, start_seconds: Seconds, text: str, *, is_final: bool = True) -> WordsEvent:
    """A phrase of one second with one word."""
    times = {"start_seconds": start_seconds, "end_seconds": start_seconds + 1.0}
    word = Word(text=text, confidence=None, **times)
    return WordsEvent(phrase=number, is_final=is_final, text=text, words=(word,), **times)


def texts(events: list[LiveEvent]) -> list[str]:
    """Words of the windows, and the text or the kind of other events."""
    return [
        text_of(event.words or ())
        if isinstance(event, WindowEvent)
        else event.text
        if isinstance(event, WordsEvent)
        else event.event
        for event in events
    ]


def test_a_window_of_a_live_source_has_the_words_that_are_known() -> None:
    transcriber = KnownWords()
    words = WindowWords(transcriber, holds=False)

    def session() -> Iterator[LiveEvent]:
        transcriber.available = [phrase(1, 1.0, "one"), phrase(2, 4.0, "t", is_final=False)]
        yield from words.take()
        yield window(0.0)
        transcriber.available = [phrase(2, 4.0, "two")]
        yield from words.take()
        yield window(3.0)

    assert texts(list(words.added_to(session()))) == ["one", "t", "one t", "two", "two"]


def test_a_held_window_and_the_events_behind_it_follow_its_last_words() -> None:
    transcriber = KnownWords()
    words = WindowWords(transcriber, holds=True)
    notice = NoticeEvent(code="clipping", message="lower the level", seconds=5.0)

    def session() -> Iterator[LiveEvent]:
        yield window(0.0)
        yield notice
        transcriber.available, transcriber.finished = [phrase(1, 1.0, "one")], 4.0
        yield from words.take()
        transcriber.available, transcriber.finished = [phrase(2, 4.0, "two")], 5.2
        yield from words.take()
        yield window(1.0)
        transcriber.available = [phrase(3, 5.2, "three")]
        yield from words.close(1.0)

    assert texts(list(words.added_to(session()))) == [
        *("one", "two", "one two", "notice"),
        *("three", "one two three"),
    ]


def test_windows_are_not_lost_where_their_words_are() -> None:
    words = WindowWords(KnownWords(), holds=True)
    events = list(words.added_to([window(0.0), window(1.0)]))
    assert [event.words for event in events if isinstance(event, WindowEvent)] == [(), ()]
