"""Figures show what the front-end gives."""

from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.experiments.preview.figures import SoundPictures
from emotion_classifier.models.frontends import EncoderConfig, LogMelConfig, MfccConfig

RATE = 16_000
BEFORE = np.random.default_rng(0).normal(0.0, 0.1, RATE).astype(np.float32)


@pytest.mark.parametrize(
    ("frontend", "coefficients"),
    [
        (LogMelConfig(mels=64), 40),
        (LogMelConfig(mels=16), 16),
        (MfccConfig(mels=64, n_mfcc=13), 13),
    ],
)
def test_the_figure_has_the_features_of_the_front_end(
    frontend: LogMelConfig | MfccConfig, coefficients: int
) -> None:
    figure = SoundPictures(frontend, RATE).draw(BEFORE, 0.5 * BEFORE, ("before", "after"))
    images = [axes.get_images()[0].get_array() for axes in figure.axes[2:6]]
    shapes = [image.shape for image in images if image is not None]
    frames = 1 + RATE // frontend.hop_length
    assert shapes == [(frontend.mels, frames)] * 2 + [(coefficients, frames)] * 2
    before, after = images[:2]
    assert before is not None and after is not None
    np.testing.assert_allclose(before - after, 20.0 * np.log10(2.0), atol=1e-3)


def test_for_an_encoder_the_default_spectrogram_is_drawn() -> None:
    figure = SoundPictures(EncoderConfig(name="any"), RATE).draw(BEFORE, BEFORE, ("a", "b"))
    image = figure.axes[2].get_images()[0].get_array()
    assert image is not None and image.shape[0] == LogMelConfig().mels
