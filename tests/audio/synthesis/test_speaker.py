from __future__ import annotations

import numpy as np

from emotion_classifier.audio.synthesis.speaker import ToySpeaker


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
