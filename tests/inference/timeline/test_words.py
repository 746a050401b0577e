"""Words of timelines, by a recogniser that returns one word for each phrase."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.inference.timeline.made_timelines import mixed

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.events import Word
from emotion_classifier.inference.files.formats import CsvOptions
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.timeline.analyse import analyse_file
from emotion_classifier.inference.timeline.summary import segment_rows
from emotion_classifier.inference.timeline.words import with_words, words_in
from emotion_classifier.inference.timeline.writers import TIMELINE_FORMATS


class OneWord:
    """The same word in the middle of each phrase."""

    name, note = "one word", ""

    def transcribe(self, samples: Samples, sample_rate: int) -> tuple[Word, ...]:
        middle = len(samples) / sample_rate / 2
        word = Word(
            start_seconds=middle - 0.1, end_seconds=middle + 0.1, text="hello", confidence=None
        )
        return (word,)

    def close(self) -> None:
        pass


def test_each_phrase_has_its_words_on_its_channel(untrained: Predictor, tmp_path: Path) -> None:
    generator = np.random.default_rng(7)
    sentence = synthesise(
        ToySpeaker.draw("male", generator), "neutral", TOY_SENTENCES[0], generator
    )
    samples = generator.normal(0.0, 5e-4, 8 * 16_000).astype(np.float32)
    for start in (16_000, 80_000):
        samples[start : start + len(sentence)] += sentence
    late = np.roll(samples, 16_000)
    write_wav(tmp_path / "call.wav", np.stack([samples, late]), 16_000)
    analysed = analyse_file(untrained, tmp_path / "call.wav", mix=False)
    call = with_words(analysed, OneWord(), 60.0)
    first, second = (channel.words for channel in call.channels)
    assert [word.text for word in first] == [word.text for word in second] == ["hello"] * 2
    assert second[0].start_seconds - first[0].start_seconds == pytest.approx(1.0, abs=0.2)
    assert [row.words for row in segment_rows(call)].count("hello") == 4


def test_words_are_in_the_subtitles_of_their_segment() -> None:
    made = mixed()
    word = Word(start_seconds=0.2, end_seconds=0.4, text="hello", confidence=0.5)
    spoken = replace(made, channels=(replace(made.channels[0], words=(word,)),))
    text = str(TIMELINE_FORMATS["srt"].encode(spoken, CsvOptions()))
    assert "angry 70%: hello" in text
    assert text.count("hello") == 1


def test_a_word_belongs_to_the_segment_of_its_middle() -> None:
    word = Word(start_seconds=0.8, end_seconds=1.1, text="hello", confidence=None)
    assert words_in([word], Interval(0.0, 1.0)) == "hello"
    assert words_in([word], Interval(1.0, 2.0)) == ""
