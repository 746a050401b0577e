from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from emotion_classifier.audio.synthesis.prosody import PROSODIES, ToySpeaker, draw_prosody
from emotion_classifier.emotions import CANONICAL_EMOTIONS
from emotion_classifier.errors import LabelError


def test_every_canonical_emotion_has_a_prosody_of_its_own() -> None:
    assert tuple(PROSODIES) == CANONICAL_EMOTIONS
    assert len(set(PROSODIES.values())) == len(PROSODIES)


def test_clips_of_one_emotion_vary_around_its_prosody() -> None:
    generator = np.random.default_rng(0)
    drawn = np.array([astuple(draw_prosody("angry", generator)) for _ in range(400)])
    neutral = np.array(astuple(PROSODIES["neutral"]))
    angry = np.array(astuple(PROSODIES["angry"]))
    assert (drawn.std(axis=0) > 0).all()
    pitch_tempo_level_tilt = [0, 3, 4, 5]
    expressed = (drawn.mean(axis=0) - neutral) / (angry - neutral)
    np.testing.assert_allclose(expressed[pitch_tempo_level_tilt], 0.9, atol=0.1)


def test_drawn_values_respect_their_lower_bounds() -> None:
    generator = np.random.default_rng(1)
    for emotion in CANONICAL_EMOTIONS:
        for _ in range(100):
            prosody = draw_prosody(emotion, generator)
            assert prosody.tempo >= 0.6
            assert min(prosody.roughness, prosody.breathiness, prosody.pause_share) >= 0
            assert prosody.accent_semitones > 0


def test_an_emotion_without_a_prosody_is_named() -> None:
    with pytest.raises(LabelError, match="cannot express 'bored', only neutral, calm"):
        draw_prosody("bored", np.random.default_rng(0))


def test_speakers_differ_and_are_the_same_for_one_seed() -> None:
    generator = np.random.default_rng(0)
    speakers = [ToySpeaker.draw("female", generator) for _ in range(20)]
    assert len({speaker.pitch_hz for speaker in speakers}) == 20
    assert ToySpeaker.draw("female", np.random.default_rng(0)) == speakers[0]


def test_women_speak_higher_than_men() -> None:
    generator = np.random.default_rng(0)
    women = [ToySpeaker.draw("female", generator) for _ in range(50)]
    men = [ToySpeaker.draw("male", generator) for _ in range(50)]
    assert min(w.pitch_hz for w in women) > max(m.pitch_hz for m in men) > 80
    assert min(w.formant_scale for w in women) > max(m.formant_scale for m in men)
