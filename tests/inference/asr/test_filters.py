from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.asr.filters import (
    MINIMUM_LEVEL_DBFS,
    MINIMUM_RANGE_DB,
    has_enough_speech,
    has_level_of_speech,
    words_in_speech,
)
from emotion_classifier.inference.asr.phrases import Phrase, PhraseDetector
from emotion_classifier.inference.events import Word
from emotion_classifier.inference.vad.silero import ActivityDetector

RATE = 16_000


def sine(level_dbfs: float, seconds: float = 1.0) -> Samples:
    """Sine with an RMS level."""
    amplitude = 10 ** (level_dbfs / 20) * np.sqrt(2)
    times = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(amplitude * np.sin(2 * np.pi * 200 * times), np.float32)


def test_short_sounds_are_no_speech_unless_there_are_many() -> None:
    click = Interval(1.0, 1.2)
    assert not has_enough_speech([])
    assert not has_enough_speech([click])
    assert has_enough_speech([click, Interval(1.4, 1.45)])


@pytest.mark.parametrize(("above_db", "passes"), [(-1.0, False), (1.0, True)])
def test_the_loudest_tenth_of_a_second_decides(above_db: float, passes: bool) -> None:
    quiet = np.zeros(RATE, np.float32)
    samples = np.concatenate([quiet, sine(MINIMUM_LEVEL_DBFS + above_db, 0.2), quiet])
    assert has_level_of_speech(samples, RATE) is passes


@pytest.mark.parametrize(("above_db", "passes"), [(-1.0, False), (1.0, True)])
def test_a_constant_level_is_no_speech(above_db: float, passes: bool) -> None:
    samples = np.concatenate([sine(-20.0), sine(-20.0 - MINIMUM_RANGE_DB - above_db), sine(-20.0)])
    assert has_level_of_speech(samples, RATE) is passes


def test_empty_and_silent_audio_is_no_speech() -> None:
    assert not has_level_of_speech(np.zeros(0, np.float32), RATE)
    assert not has_level_of_speech(np.zeros(RATE, np.float32), RATE)


def phrases(samples: Samples) -> list[Phrase]:
    """Phrases that reach a recogniser after voice activity detection."""
    detector = PhraseDetector(RATE)
    speech = ActivityDetector().speech(samples, RATE)
    return [*detector.feed(samples, speech), *detector.flush()]


def test_silence_and_white_noise_never_reach_a_recogniser() -> None:
    generator = np.random.default_rng(0)
    white = np.asarray(generator.standard_normal(6 * RATE), np.float32)
    assert phrases(np.zeros(6 * RATE, np.float32)) == []
    for level in (0.3, 0.01, 0.0003):
        assert phrases(level * white) == []


def test_music_and_machines_do_not_reach_a_recogniser(shared_data: Path) -> None:
    files = [
        *sorted((shared_data / "noise/music").glob("*.flac")),
        *sorted((shared_data / "noise/noise").glob("esc10_[chr]*.flac"))[::4],
        *sorted((shared_data / "noise/noise").glob("speechcommands_[pw]*.flac")),
    ]
    assert len(files) > 20
    reached = {file.name for file in files if phrases(read_audio(file).samples[0])}
    assert reached == set()


def test_speech_reaches_a_recogniser(shared_data: Path) -> None:
    quiet = shared_data / "ravdess/Actor_09/03-01-02-02-01-01-09.flac"
    read = shared_data / "noise/speech/librispeech_test-other_3080-5032-0001.flac"
    for file in (quiet, read):
        assert phrases(read_audio(file).samples[0])[-1].is_final


def test_words_outside_speech_are_left_out() -> None:
    words = [
        Word(start_seconds=n, end_seconds=n + 0.5, text=f"word{n}", confidence=None)
        for n in range(5)
    ]
    kept = words_in_speech(words, [Interval(1.2, 2.1), Interval(3.55, 3.9)])
    assert [word.text for word in kept] == ["word1", "word2", "word3"]
    assert list(words_in_speech(words, [])) == []
