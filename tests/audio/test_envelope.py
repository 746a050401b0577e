"""The outline of a recording, whatever the chunks it comes in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.audio.envelope import Envelope


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 90), max_size=12), st.integers(0, 99))
def test_it_is_the_same_in_any_chunks(sizes: list[int], seed: int) -> None:
    samples = np.random.default_rng(seed).normal(size=sum(sizes)).astype(np.float32)
    envelope = Envelope(maximum_sections=16)
    for chunk in np.split(samples, np.cumsum(sizes)[:-1]) if sizes else []:
        envelope.feed(chunk)
    width = envelope.samples_per_section
    stretches = [samples[start : start + width] for start in range(0, len(samples), width)]
    assert len(stretches) <= 16
    assert len(samples) <= width * 16
    expected = np.array([(one.min(), one.max()) for one in stretches], np.float32)
    np.testing.assert_array_equal(envelope.bounds, expected.reshape(-1, 2))


@pytest.mark.parametrize("seconds", [1, 600])
def test_it_holds_so_many_stretches_at_most(seconds: int) -> None:
    envelope = Envelope(maximum_sections=64)
    for _ in range(seconds):
        envelope.feed(np.ones(8000, np.float32))
    assert 32 <= len(envelope.bounds) <= 64
    assert (envelope.bounds == 1.0).all()
