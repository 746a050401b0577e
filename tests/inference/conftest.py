"""Fixtures of inference: toy voices that speak and pause, and the untrained model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.predictor import Predictor


@pytest.fixture(scope="session")
def untrained(untrained_model: Path) -> Predictor:
    """Predicts neutral and sad from the mean of the samples alone: logits (mean, 1 - mean)."""
    return Predictor.load(untrained_model, threads=1)


@pytest.fixture(scope="session")
def toy_speech() -> Samples:
    """Two sentences, about 2.5 to 5 s and 7.5 to 9.5 s in 13 s at 16 kHz, noise of -66 dBFS around.

    The sentences have offsets of 0.1 and -0.3, by which the untrained model distinguishes them.
    """
    generator = np.random.default_rng(7)
    speaker = ToySpeaker.draw("male", generator)
    samples = generator.normal(0.0, 5e-4, 13 * 16_000).astype(np.float32)
    for start_seconds, offset in ((2.5, 0.1), (7.5, -0.3)):
        sentence = synthesise(speaker, "neutral", TOY_SENTENCES[0], generator)
        start = round(start_seconds * 16_000)
        samples[start : start + len(sentence)] = sentence + offset
    return samples
