from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion_classifier.audio.synthesis.prosody import PROSODIES, ToySpeaker
from emotion_classifier.audio.synthesis.score import (
    TOY_SENTENCES,
    Score,
    Track,
    read_syllables,
    write_score,
)

SPEAKER = ToySpeaker("male", 120.0, 1.0, 1.0, 0.0, 0.0)
STEADY = replace(PROSODIES["neutral"], pause_share=0.0, accent_semitones=0.0, slope_semitones=0.0)


def written(sentence: str = "ka ri do se mu ta ne bo", **changes: float) -> Score:
    prosody = replace(STEADY, **changes)
    return write_score(sentence, SPEAKER, prosody, np.random.default_rng(0))


def test_a_track_is_linear_between_its_points_and_stays_outside() -> None:
    track = Track()
    track.put(1.0, 10.0)
    track.put(2.0, 20.0)
    np.testing.assert_allclose(track.at(np.array([0.0, 1.5, 3.0])), [10.0, 15.0, 20.0])


def test_a_faster_tempo_and_fewer_pauses_are_shorter() -> None:
    plain = written().duration_seconds
    assert written(tempo=1.2).duration_seconds < plain
    assert written(pause_share=0.9).duration_seconds > plain


@pytest.mark.parametrize(("tempo", "expected"), [(5.0, 1.5), (0.2, 3.0)])
def test_durations_stay_in_range(tempo: float, expected: float) -> None:
    assert written(tempo=tempo).duration_seconds == expected


def test_the_pitch_follows_slope_and_mean() -> None:
    score = written(pitch_semitones=3.0, slope_semitones=-4.0)
    semitones = score.semitones.at(np.linspace(0, score.duration_seconds, 500))
    assert semitones.mean() == pytest.approx(3.0, abs=0.1)
    assert semitones[0] == pytest.approx(5.0)
    assert semitones[-1] == pytest.approx(1.0)


def test_voice_and_noise_take_turns() -> None:
    score = written("sa sa sa sa sa sa")
    seconds = np.linspace(0, score.duration_seconds, 2000)
    voice, noise = score.voice.at(seconds), score.noise.at(seconds)
    assert voice.max() == pytest.approx(1.0, abs=0.02)
    assert noise.max() > 0.2
    assert np.corrcoef(voice, noise)[0, 1] < -0.5
    assert max(voice[0], voice[-1], noise[0], noise[-1]) == 0.0


def test_the_toy_sentences_can_be_read_and_are_equally_long() -> None:
    assert {len(read_syllables(sentence)) for sentence in TOY_SENTENCES} == {8}
    assert len(set(TOY_SENTENCES)) == len(TOY_SENTENCES)


def test_a_syllable_is_a_consonant_and_the_formants_of_a_vowel() -> None:
    ((consonant, formants_hz),) = read_syllables("si")
    assert consonant.noise > 0
    assert not consonant.is_plosive
    assert formants_hz[:2] == (270.0, 2290.0)


@pytest.mark.parametrize("sentence", ["", "ka x", "kaa", "ak", "ka ri zo"])
def test_an_unknown_syllable_is_an_error(sentence: str) -> None:
    with pytest.raises(ValueError, match="toy"):
        read_syllables(sentence)
