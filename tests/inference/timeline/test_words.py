"""Words of timelines, by a recogniser that returns one word for each phrase."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.inference.asr.signals import two_sentences
from tests.inference.timeline.made_timelines import mixed

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.event_fields import Word, text_of
from emotion_classifier.inference.events import WindowEvent, WordsEvent
from emotion_classifier.inference.files.formats import CsvOptions
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.timeline.analyse import RecordingTimelines, analyse_file
from emotion_classifier.inference.timeline.summary import segment_rows
from emotion_classifier.inference.timeline.tables import segment_table
from emotion_classifier.inference.timeline.words import spoken_in, with_words
from emotion_classifier.inference.timeline.writers import TIMELINE_FORMATS, timeline_events


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
    samples = two_sentences()
    late = np.roll(samples, 16_000)
    write_wav(tmp_path / "call.wav", np.stack([samples, late]), 16_000)
    analysed = analyse_file(untrained, tmp_path / "call.wav", mix=False)
    call = with_words(analysed, OneWord(), 60.0)
    first, second = (channel.words for channel in call.channels)
    for channel in call.channels:
        assert [phrase.phrase for phrase in channel.phrases or ()] == [1, 2]
        assert {phrase.speaker for phrase in channel.phrases or ()} == {channel.speaker}
    assert [word.text for word in first] == [word.text for word in second] == ["hello"] * 2
    assert second[0].start_seconds - first[0].start_seconds == pytest.approx(1.0, abs=0.2)
    assert [row.words for row in segment_rows(call)].count("hello") == 4


HELLO = Word(start_seconds=0.2, end_seconds=0.4, text="hello", confidence=0.5)


def spoken(*words: Word) -> RecordingTimelines:
    """A recording with one phrase of these words."""
    phrase = WordsEvent(
        phrase=1,
        is_final=True,
        start_seconds=0.0,
        end_seconds=1.0,
        text=text_of(words),
        words=words,
    )
    made = mixed()
    return replace(made, channels=(replace(made.channels[0], phrases=(phrase,)),))


@pytest.mark.parametrize("form", ["srt", "vtt"])
def test_subtitles_have_the_emotion_and_the_words_of_their_segment(form: str) -> None:
    text = str(TIMELINE_FORMATS[form].encode(spoken(HELLO), CsvOptions()))
    assert "angry 70%: hello\n" in text
    assert text.count("hello") == 1


def test_events_of_windows_have_their_words_and_phrases_an_event() -> None:
    events = list(timeline_events(spoken(HELLO)))
    windows = [event for event in events if isinstance(event, WindowEvent)]
    assert [window.words for window in windows] == [(HELLO,), (), ()]
    (phrase,) = (event for event in events if isinstance(event, WordsEvent))
    assert phrase.words == (HELLO,)
    unknown = [one for one in timeline_events(mixed()) if isinstance(one, WindowEvent)]
    assert {window.words for window in unknown} == {None}


def test_tables_have_the_words() -> None:
    table = segment_table(spoken(HELLO))
    assert table.columns[-1] == "words"
    assert [row[-1] for row in table.rows] == ["hello", "", ""]
    rows = str(TIMELINE_FORMATS["csv"].encode(spoken(HELLO), CsvOptions())).splitlines()
    assert [row.rpartition(",")[2] for row in rows] == ["words", "hello", "", ""]


def test_a_word_belongs_to_the_segment_of_its_middle() -> None:
    word = Word(start_seconds=0.8, end_seconds=1.1, text="hello", confidence=None)
    (channel,) = spoken(word).channels
    assert spoken_in(channel, Interval(0.0, 1.0)) == "hello"
    assert spoken_in(channel, Interval(1.0, 2.0)) == ""
