"""Statistics of a live session."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.live.session_stats import SessionStats
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig

RATE = 16_000


def probabilities_of(predictor: Predictor, parts: Sequence[Samples]) -> dict[str, float]:
    """Probabilities of a session with a gap between each two of the parts (sample,)."""
    stats = SessionStats()
    for samples in parts:
        stream = predictor.stream(RATE)
        stream.feed(samples)
        stream.flush()
        stats.add_stream(stream)
    probabilities = stats.summary(0).probabilities
    assert probabilities is not None
    return probabilities


def test_parts_are_weighted_by_their_speech_and_not_by_their_silence(
    untrained: Predictor, toy_speech: Samples
) -> None:
    first, second = toy_speech[: 7 * RATE], toy_speech[7 * RATE :]  # a sentence in each
    silence = np.random.default_rng(0).normal(0.0, 5e-4, 40 * RATE).astype(np.float32)
    alone = [probabilities_of(untrained, [one])["sad"] for one in (first, second)]
    together = probabilities_of(untrained, [first, second])["sad"]
    assert min(alone) + 0.02 < together < max(alone) - 0.02
    with_silence = probabilities_of(untrained, [np.concatenate([first, silence]), silence, second])[
        "sad"
    ]
    # Only the last window before the silence, which is longer with it, differs.
    assert with_silence == pytest.approx(together, abs=0.01)


def test_a_session_without_speech_has_the_answer_no_speech(untrained: Predictor) -> None:
    stream = untrained.stream(RATE)
    stream.feed(np.zeros(6 * RATE, np.float32))
    stream.flush()
    stats = SessionStats()
    stats.add_stream(stream)
    summary = stats.summary(0)
    assert (summary.answer, summary.probabilities) == ("no speech", None)


def test_a_session_below_the_threshold_of_confidence_is_uncertain(
    untrained: Predictor, toy_speech: Samples
) -> None:
    stream = StreamConfig(uncertain_below=1.0).build(untrained.model, sample_rate=RATE)
    stream.feed(toy_speech)
    stream.flush()
    stats = SessionStats()
    stats.add_stream(stream)
    summary = stats.summary(0)
    assert summary.answer == "uncertain"
    assert summary.probabilities is not None
    assert summary.confidence == max(summary.probabilities.values())
