"""A label set owns the order, and turns shares into distributions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import LabelError

LABELS = LabelSet(("neutral", "happy", "sad"))


def test_corpora_are_united_in_canonical_order() -> None:
    assert LabelSet.ordered(["sad", "bored", "happy", "sad"]).names == ("happy", "sad", "bored")


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(LabelError, match="did you mean 'happy'"):
        LABELS.index("hapy")


@pytest.mark.parametrize("names", [("sad",), ("sad", "sad"), ("sad", "")])
def test_invalid_names_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(LabelError):
        LabelSet(names)


def test_far_too_many_names_are_refused() -> None:
    with pytest.raises(LabelError, match="at most 1000 emotions, got 200000"):
        LabelSet(tuple(map(str, range(200_000))))


@given(st.dictionaries(st.sampled_from([*LABELS, "calm", "bored"]), st.floats(1e-3, 1e3)))
def test_shares_keep_their_ratios_and_sum_to_one(shares: dict[str, float]) -> None:
    found = LABELS.distribution(shares)
    known = np.array([shares.get(name, 0.0) for name in LABELS])
    if known.any():
        np.testing.assert_allclose(found, known / known.sum(), rtol=1e-6)
    else:
        assert np.isnan(found).all()
    assert found.dtype == np.float32
