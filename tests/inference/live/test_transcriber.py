"""Words that come when they are ready."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.errors import RecognitionError
from emotion_classifier.inference.asr.recogniser import Word
from emotion_classifier.inference.live.events import NoticeEvent, OverrunEvent, WordsEvent
from emotion_classifier.inference.live.transcriber import Dictation, DictationEvent

RATE = 16_000


class OneWord:
    """A recogniser that hears one word in everything, when it is allowed to answer."""

    name = "one word"
    note = ""

    def __init__(self, *, is_stuck: bool = False, fails: bool = False) -> None:
        self.answers = threading.Event()
        self._fails = fails
        if not is_stuck:
            self.answers.set()

    def transcribe(self, samples: Samples, sample_rate: int) -> tuple[Word, ...]:
        self.answers.wait()
        if self._fails:
            raise RecognitionError("the recogniser has ended")
        return (Word(0.1, len(samples) / sample_rate, "well", None),)

    def close(self) -> None:
        self._fails = True
        self.answers.set()


def speak(dictation: Dictation, phrases: int, offset_seconds: float = 0.0) -> None:
    """A stretch of phrases of one second, with a second of pause behind each."""
    dictation.begin(RATE, offset_seconds)
    voice = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    voice[6000:10000] *= 0.05  # speech has pauses, or the gates take it for noise
    for number in range(phrases):
        dictation.feed(voice, [Interval(2.0 * number, 2.0 * number + 1.0)])
        dictation.feed(np.zeros(RATE, np.float32), [])
    dictation.end()


def finals(events: list[DictationEvent]) -> list[WordsEvent]:
    return [one for one in events if isinstance(one, WordsEvent) and one.phrase.is_final]


def test_phrases_of_all_stretches_have_their_own_ids_and_times() -> None:
    dictation = Dictation(OneWord())
    speak(dictation, 2)
    speak(dictation, 1, offset_seconds=100.0)
    words = finals(dictation.close(5.0))
    assert [one.phrase.id for one in words] == [1, 2, 3]
    starts = [one.phrase.words[0].start_seconds for one in words]
    assert starts == pytest.approx([0.1, 1.9, 100.1], abs=0.11)
    assert dictation.waiting == 0


def test_what_is_not_ready_in_time_is_told_as_lost() -> None:
    dictation = Dictation(OneWord(is_stuck=True))
    speak(dictation, 3)
    assert dictation.waiting == 3
    events = dictation.close(0.05)
    assert {type(one) for one in events} == {OverrunEvent}
    assert sorted(one.seconds for one in events if isinstance(one, OverrunEvent)) == (
        pytest.approx([0.0, 1.8, 3.8], abs=0.05)
    )
    assert dictation.waiting == 0


def test_whole_phrases_that_come_too_fast_are_told_as_lost() -> None:
    recogniser = OneWord(is_stuck=True)
    dictation = Dictation(recogniser)
    speak(dictation, 15)
    lost = [one for one in dictation.take() if isinstance(one, OverrunEvent)]
    assert lost
    assert all(one.place == "words" and (one.milliseconds or 0) > 1000 for one in lost)
    recogniser.answers.set()
    assert len(finals(dictation.close(5.0))) == 15 - len(lost)


def test_a_recogniser_that_fails_is_told_and_costs_words_only() -> None:
    dictation = Dictation(OneWord(fails=True))
    speak(dictation, 1)
    notice, lost = dictation.close(5.0)
    assert isinstance(notice, NoticeEvent)
    assert (notice.code, notice.message) == ("recognition-failed", "the recogniser has ended")
    assert isinstance(lost, OverrunEvent)


def test_without_a_word_it_ends_at_once() -> None:
    assert Dictation(OneWord()).close(5.0) == []
