from __future__ import annotations

import numpy as np

from emotion_classifier.audio.augmentation.padding import PaddingConfig, Silence

CLIP = np.array([0.5, -0.5, 0.25], np.float32)


def test_silence_is_on_both_sides() -> None:
    padded = PaddingConfig().build().apply(CLIP, 1000, Silence(0.002, 0.004))
    np.testing.assert_array_equal(padded, [0, 0, 0.5, -0.5, 0.25, 0, 0, 0, 0])


def test_the_sides_are_drawn_apart_up_to_the_maximum() -> None:
    generator = np.random.default_rng(0)
    padding = PaddingConfig(maximum_seconds=0.5).build()
    drawn = np.array([padding.draw(3, 16000, generator) for _ in range(300)])
    assert drawn.min() >= 0.0 and drawn.max() <= 0.5
    assert drawn.min() < 0.01 and drawn.max() > 0.49
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.2
