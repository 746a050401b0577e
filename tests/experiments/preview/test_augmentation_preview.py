from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.chain import Chain, Step
from emotion_classifier.audio.augmentation.level import Gain
from emotion_classifier.experiments.preview.augmentation_preview import Rendition, renditions
from emotion_classifier.experiments.preview.sound_pictures import SoundPictures
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.frontends.config import LogMelConfig, MfccConfig

RATE = 16_000
QUIETER, LOUDER = Gain(-12.0, -6.0), Gain(20.0, 40.0)
SAMPLES = np.random.default_rng(0).uniform(-0.5, 0.5, RATE).astype(np.float32)


def made(*steps: Step, variants: int = 2, seed: int = 0) -> dict[str, Rendition]:
    found = renditions(Chain(steps), SAMPLES, RATE, variants, (seed,))
    return {one.name: one for one in found}


def test_each_is_applied_alone_at_any_probability() -> None:
    found = made(Step("gain", 0.0, QUIETER), Step("gain", 0.0, LOUDER))
    assert list(found) == ["1_gain", "2_gain", "chain_1", "chain_2"]
    first = found["1_gain"]
    ((kind, values),) = first.drawn
    decibels = values["db"]
    assert kind == "gain" and isinstance(decibels, float) and -12.0 <= decibels <= -6.0
    np.testing.assert_allclose(first.samples, SAMPLES * 10 ** (decibels / 20), rtol=1e-5)
    assert first.description == f"gain {decibels:.3g} dB"


def test_an_unchanged_clip_is_described_as_such() -> None:
    unchanged = made(Step("gain", 0.0, QUIETER))["chain_1"]
    assert unchanged.drawn == ()
    assert unchanged.description == "unchanged: no augmentation was drawn"
    assert np.array_equal(unchanged.samples, SAMPLES)


def test_the_whole_chain_is_applied_as_in_training() -> None:
    steps = (Step("gain", 1.0, QUIETER), Step("gain", 1.0, LOUDER))
    found = made(*steps)["chain_2"]
    generator = np.random.default_rng((0, 1, 2))
    assert np.array_equal(found.samples, Chain(steps).apply(SAMPLES, RATE, generator))
    assert len(found.drawn) == 2
    assert np.abs(found.samples).max() == pytest.approx(1.0)


def test_draws_depend_only_on_the_seed() -> None:
    step = Step("gain", 1.0, QUIETER)
    found = made(step)
    again = made(step, Step("gain", 1.0, LOUDER), variants=5)
    assert found["1_gain"].drawn == again["1_gain"].drawn
    assert found["chain_2"].drawn[0] == again["chain_2"].drawn[0]
    assert found["chain_1"].drawn != found["chain_2"].drawn
    assert found["1_gain"].drawn != made(step, seed=1)["1_gain"].drawn


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
