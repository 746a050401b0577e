"""What is counted while listening, and the tone of stretches together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.live.session_stats import Tally
from emotion_classifier.inference.predictor import Predictor

RATE = 16_000


def tone_of(predictor: Predictor, stretches: Sequence[Samples]) -> dict[str, float]:
    """The tone of a session with a hole between each two of the stretches (sample,)."""
    tally = Tally()
    for samples in stretches:
        stream = predictor.stream(RATE)
        stream.feed(samples)
        stream.flush()
        tally.end_stretch(stream)
    tone = tally.summary(0).tone
    assert tone is not None
    return tone


def test_stretches_weigh_by_their_speech_and_not_by_their_silence(
    untrained: Predictor, toy_speech: Samples
) -> None:
    first, second = toy_speech[: 7 * RATE], toy_speech[7 * RATE :]  # a sentence in each
    silence = np.random.default_rng(0).normal(0.0, 5e-4, 40 * RATE).astype(np.float32)
    alone = [tone_of(untrained, [one])["sad"] for one in (first, second)]
    together = tone_of(untrained, [first, second])["sad"]
    assert min(alone) + 0.02 < together < max(alone) - 0.02
    with_silence = tone_of(untrained, [np.concatenate([first, silence]), silence, second])["sad"]
    # What was the last, cut window before the silence is whole with it: no more than that differs.
    assert with_silence == pytest.approx(together, abs=0.01)


def test_a_session_without_speech_has_no_tone(untrained: Predictor) -> None:
    stream = untrained.stream(RATE)
    stream.feed(np.zeros(6 * RATE, np.float32))
    stream.flush()
    tally = Tally()
    tally.end_stretch(stream)
    assert tally.summary(0).tone is None
