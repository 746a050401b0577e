from __future__ import annotations

import numpy as np

from emotion_classifier.audio.augmentation.polarity import PolarityConfig


def test_every_sample_changes_its_sign() -> None:
    polarity = PolarityConfig().build()
    samples = np.array([0.5, 0.0, -1.0], np.float32)
    np.testing.assert_array_equal(polarity.apply(samples, 16000, None), [-0.5, 0.0, 1.0])
