"""Words of live speech, which are available when they are ready."""

from __future__ import annotations

import threading
from threading import Thread

import numpy as np
import pytest

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.errors import RecognitionError
from emotion_classifier.inference.asr.phrases import Phrase
from emotion_classifier.inference.event_fields import Word
from emotion_classifier.inference.events import NoticeEvent, OverrunEvent, WordsEvent
from emotion_classifier.inference.live.transcriber import (
    RecognitionQueue,
    Transcriber,
    TranscriberEvent,
)

RATE = 16_000


class OneWord:
    """Recogniser that finds one word in everything, when the test allows it."""

    name = "one word"
    note = ""

    def __init__(self, *, is_stuck: bool = False, fails: bool = False) -> None:
        self.released = threading.Event()
        self._fails = fails
        if not is_stuck:
            self.released.set()

    def transcribe(self, samples: Samples, sample_rate: int) -> tuple[Word, ...]:
        self.released.wait()
        if self._fails:
            raise RecognitionError("the recogniser has ended")
        return (
            Word(
                start_seconds=0.1,
                end_seconds=len(samples) / sample_rate,
                text="well",
                confidence=None,
            ),
        )

    def close(self) -> None:
        self._fails = True
        self.released.set()


def speak(transcriber: Transcriber, phrases: int, offset_seconds: float = 0.0) -> None:
    """Phrases of one second, with a pause of one second after each."""
    transcriber.begin(RATE, offset_seconds)
    voice = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    voice[6000:10000] *= 0.05  # speech has pauses, otherwise the filters reject it
    for number in range(phrases):
        transcriber.feed(voice, [Interval(2.0 * number, 2.0 * number + 1.0)])
        transcriber.feed(np.zeros(RATE, np.float32), [])
    transcriber.end()


def finals(events: list[TranscriberEvent]) -> list[WordsEvent]:
    return [one for one in events if isinstance(one, WordsEvent) and one.is_final]


def test_phrases_after_a_gap_continue_the_numbers_and_have_their_times() -> None:
    transcriber = Transcriber(OneWord())
    speak(transcriber, 2)
    speak(transcriber, 1, offset_seconds=100.0)
    words = finals(transcriber.close(5.0))
    assert [one.phrase for one in words] == [1, 2, 3]
    starts = [one.words[0].start_seconds for one in words]
    assert starts == pytest.approx([0.1, 1.9, 100.1], abs=0.11)
    assert transcriber.pending == 0


def test_phrases_that_are_not_ready_in_time_are_reported_as_lost() -> None:
    transcriber = Transcriber(OneWord(is_stuck=True))
    speak(transcriber, 3)
    assert transcriber.pending == 3
    events = transcriber.close(0.05)
    assert {type(one) for one in events} == {OverrunEvent}
    assert sorted(one.seconds for one in events if isinstance(one, OverrunEvent)) == (
        pytest.approx([0.0, 1.8, 3.8], abs=0.05)
    )
    assert transcriber.pending == 0


def test_phrases_that_come_too_fast_are_reported_as_lost() -> None:
    recogniser = OneWord(is_stuck=True)
    transcriber = Transcriber(recogniser)
    speak(transcriber, 15)
    lost = [one for one in transcriber.take() if isinstance(one, OverrunEvent)]
    assert lost
    assert all(one.place == "words" and (one.milliseconds or 0) > 1000 for one in lost)
    recogniser.released.set()
    assert len(finals(transcriber.close(5.0))) == 15 - len(lost)


def test_a_recogniser_that_fails_is_reported_and_costs_words_only() -> None:
    transcriber = Transcriber(OneWord(fails=True))
    speak(transcriber, 1)
    notice, lost = transcriber.close(5.0)
    assert isinstance(notice, NoticeEvent)
    assert (notice.code, notice.message) == ("recognition-failed", "the recogniser has ended")
    assert isinstance(lost, OverrunEvent)


def test_without_speech_closing_returns_at_once() -> None:
    assert Transcriber(OneWord()).close(5.0) == []


def phrase(number: int, *, is_final: bool) -> Phrase:
    return Phrase(number, np.zeros(10, np.float32), 16_000, 0.0, (), is_final)


def taken(queue: RecognitionQueue) -> list[tuple[int, bool]]:
    """Phrases left in a queue."""
    queue.close()
    return [(one.id, one.is_final) for one in iter(queue.take, None)]


def test_only_the_newest_partial_phrase_is_kept() -> None:
    queue = RecognitionQueue()
    first, second = phrase(1, is_final=False), phrase(1, is_final=False)
    assert queue.put(first) is None
    assert queue.put(second) is None
    assert queue.take(0.0) is second
    assert queue.take(0.0) is None


def test_final_phrases_come_first_and_in_order() -> None:
    queue = RecognitionQueue()
    for number in (1, 2):
        queue.put(phrase(number, is_final=False))
        queue.put(phrase(number, is_final=True))
    queue.put(phrase(3, is_final=False))
    assert taken(queue) == [(1, True), (2, True), (3, False)]


def test_a_final_phrase_replaces_its_partial_one() -> None:
    queue = RecognitionQueue()
    queue.put(phrase(1, is_final=False))
    queue.put(phrase(1, is_final=True))
    assert taken(queue) == [(1, True)]


def test_too_many_final_phrases_drop_and_return_the_oldest() -> None:
    queue = RecognitionQueue(maximum_finals=2)
    dropped = [queue.put(phrase(number, is_final=True)) for number in (1, 2, 3, 4)]
    assert [one and one.id for one in dropped] == [None, None, 1, 2]
    assert taken(queue) == [(3, True), (4, True)]


@pytest.mark.parametrize("closes", [True, False])
def test_a_waiting_thread_is_woken(closes: bool) -> None:
    queue = RecognitionQueue()
    found: list[Phrase | None] = []
    thread = Thread(target=lambda: found.append(queue.take()))
    thread.start()
    if closes:
        queue.close()
    else:
        queue.put(phrase(1, is_final=True))
    thread.join(timeout=10)
    assert [one and one.id for one in found] == [None if closes else 1]
