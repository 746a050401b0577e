from __future__ import annotations

import pytest
from tests.inference.asr.signals import RATE, Ticker, talk

from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.asr.phrases import PhraseCutter
from emotion_classifier.inference.asr.transcript import Transcript

SPEECH = [Interval(1.0, 2.5), Interval(4.0, 6.0)]


def test_words_have_the_times_of_the_recording_and_lie_in_its_speech() -> None:
    transcript = Transcript(Ticker(), PhraseCutter(RATE, partial_seconds=None))
    phrases = transcript.feed(talk(8.0, SPEECH), SPEECH)
    assert [phrase.id for phrase in phrases] == [1, 2]
    assert [(word.start_seconds, word.text) for word in phrases[0].words] == [
        (0.8, "tick0"),
        (1.3, "tick1"),
        (1.8, "tick2"),
    ]
    assert phrases[1].start_seconds == 3.8
    assert phrases[1].end_seconds == pytest.approx(6.2)


def test_partial_and_final_results_share_an_id() -> None:
    transcript = Transcript(Ticker(), PhraseCutter(RATE, partial_seconds=1.0))
    samples = talk(6.0, SPEECH)
    now = 5 * RATE
    phrases = transcript.feed(samples[:now], [SPEECH[0], Interval(4.0, 5.0)])
    phrases += transcript.feed(samples[now:], [SPEECH[1]])
    phrases += transcript.flush()
    states = [(phrase.id, phrase.is_final) for phrase in phrases]
    assert states == [(1, True), (2, False), (2, False), (2, True)]
    assert phrases[-1].text.startswith(phrases[1].text)


def test_silence_has_no_words() -> None:
    transcript = Transcript(Ticker(), PhraseCutter(RATE))
    silence = talk(8.0, [])
    assert transcript.feed(silence, []) == []  # nobody speaks
    assert transcript.feed(silence, [Interval(9.0, 15.0)]) == []  # told so, but nothing is heard
    assert transcript.flush() == []
