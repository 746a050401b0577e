"""Facts about clips and groups of clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.waveform import Waveform
from emotion_classifier.corpora.corpus import Corpus
from emotion_classifier.corpora.readers.ravdess import read_ravdess
from emotion_classifier.corpora.statistics import (
    ClipStatistics,
    Quantiles,
    corpus_statistics,
    measure,
    summarise,
)
from emotion_classifier.corpora.utterance import Sex, Utterance
from emotion_classifier.errors import CorpusError


def tone(
    seconds: float, rate: int, amplitude: float = 0.5
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    time = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * 200 * time)).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
def test_a_tone_between_silences(rate: int) -> None:
    quiet = [np.zeros(round(seconds * rate), np.float32) for seconds in (0.4, 0.7)]
    samples = np.concatenate([quiet[0], tone(1.0, rate), quiet[1]])
    measured = measure(Waveform(samples[np.newaxis], rate))
    assert measured.duration_seconds == pytest.approx(2.1, abs=1e-4)
    assert measured.leading_silence_seconds == pytest.approx(0.4, abs=0.021)
    assert measured.trailing_silence_seconds == pytest.approx(0.7, abs=0.021)
    assert measured.peak_dbfs == pytest.approx(-6.02, abs=0.05)
    assert measured.rms_dbfs == pytest.approx(-9.03 - 10 * np.log10(2.1), abs=0.05)
    assert (measured.sample_rate, measured.channels) == (rate, 1)


def test_sound_up_to_both_ends_has_no_silence() -> None:
    measured = measure(Waveform(tone(0.505, 16_000)[np.newaxis], 16_000))
    assert measured.leading_silence_seconds == 0.0
    assert measured.trailing_silence_seconds == pytest.approx(0.0, abs=0.01)


def test_all_silence_leads() -> None:
    measured = measure(Waveform(np.zeros((2, 16_000), np.float32), 16_000))
    assert (measured.leading_silence_seconds, measured.trailing_silence_seconds) == (1.0, 0.0)
    assert measured.channels == 2


@settings(deadline=None)
@given(
    samples=st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=2000),
    rate=st.sampled_from([8_000, 11_025, 16_000]),
)
def test_silence_is_within_the_clip(samples: list[float], rate: int) -> None:
    measured = measure(Waveform(np.array([samples], np.float32), rate))
    silence = measured.leading_silence_seconds + measured.trailing_silence_seconds
    assert measured.leading_silence_seconds >= 0
    assert measured.trailing_silence_seconds >= 0
    assert silence <= measured.duration_seconds + 1e-9


def test_quantiles_are_those_of_numpy() -> None:
    assert Quantiles.of([4.0]) == Quantiles(4, 4, 4, 4, 4)
    assert Quantiles.of([1.0, 5.0, 2.0, 3.0, 4.0]) == Quantiles(1, 2, 3, 4, 5)


def clip(name: str, speaker: str, emotion: str, sex: Sex | None) -> Utterance:
    return Utterance(f"c/{name}", Path(f"{name}.wav"), "c", speaker, emotion, sex=sex)


def test_groups_by_emotion_speaker_and_sex() -> None:
    clips = [
        (clip("a", "anna", "sad", "female"), ClipStatistics(1.0, -20, -3, 0.1, 0.2, 16_000, 1)),
        (clip("b", "anna", "happy", "female"), ClipStatistics(2.0, -30, -6, 0.3, 0.0, 48_000, 2)),
        (clip("c", "kim", "sad", None), ClipStatistics(3.0, -40, -9, 0.5, 0.4, 16_000, 1)),
    ]
    statistics = summarise("c", clips)
    total = statistics.total
    assert (total.clips, total.speakers) == (3, 2)
    assert total.hours == pytest.approx(6 / 3600)
    assert total.duration_seconds == Quantiles(1.0, 1.5, 2.0, 2.5, 3.0)
    assert total.rms_dbfs.median == -30
    assert total.peak_dbfs.maximum == -3
    assert total.leading_silence_seconds.median == 0.3
    assert total.trailing_silence_seconds.median == 0.2
    assert (total.sample_rates, total.channels) == ({16_000: 2, 48_000: 1}, {1: 2, 2: 1})
    counts = {name: (one.clips, one.speakers) for name, one in statistics.by_emotion.items()}
    assert counts == {"happy": (1, 1), "sad": (2, 2)}
    assert {name: one.clips for name, one in statistics.by_speaker.items()} == {
        "c/anna": 2,
        "c/kim": 1,
    }
    assert {name: one.hours for name, one in statistics.by_sex.items()} == pytest.approx(
        {"female": 3 / 3600, "unknown": 3 / 3600}
    )


def test_clips_that_cannot_be_decoded_are_problems(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(0.5, 16_000), 16_000)
    (tmp_path / "b.wav").touch()
    utterances = tuple(
        Utterance(f"c/{name}", tmp_path / f"{name}.wav", "c", "s", "sad") for name in "ab"
    )
    seen: list[tuple[int, int]] = []
    statistics = corpus_statistics(
        Corpus("c", tmp_path, utterances), progress=lambda *state: seen.append(state)
    )
    assert [one.id for one, _ in statistics.clips] == ["c/a"]
    assert [(one.path.name, one.code) for one in statistics.problems] == [("b.wav", "empty-file")]
    assert seen == [(1, 2), (2, 2)]
    with pytest.raises(CorpusError, match=r"none of the 1 recordings can be decoded.*b\.wav"):
        corpus_statistics(Corpus("c", tmp_path, utterances[1:]))


def test_a_real_actor(shared_data: Path) -> None:
    corpus = read_ravdess(shared_data / "ravdess")
    actor = tuple(one for one in corpus.utterances if one.speaker == "12")
    statistics = corpus_statistics(Corpus(corpus.name, corpus.root, actor))
    assert statistics.total.clips == 60
    assert {name: one.clips for name, one in statistics.by_emotion.items()}["neutral"] == 4
    assert statistics.total.sample_rates == {16_000: 60}
    assert 2.9 < statistics.total.duration_seconds.minimum < 5.3
    # RAVDESS has about a second of silence before and after each sentence.
    assert 0.5 < statistics.total.leading_silence_seconds.median < 1.2
    loud, calm = (statistics.by_emotion[name].rms_dbfs.median for name in ("angry", "calm"))
    assert loud > calm + 6
