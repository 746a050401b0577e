from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from emotion_classifier.training.sampling import (
    EveryClip,
    Oversampling,
    Sampling,
    SamplingConfig,
    Weighted,
    group_indices,
)

EMOTIONS = [0] * 6 + [1] * 2 + [0, 1, 0, 1]
CORPORA = ["large"] * 8 + ["small"] * 4
GROUPS = group_indices(12, EMOTIONS, CORPORA)  # of 6, 2, 2 and 2 clips


def groups_of() -> st.SearchStrategy[list[int]]:
    """Groups of clips, with none left out."""
    return st.lists(st.integers(0, 4), min_size=1, max_size=40).map(
        lambda found: group_indices(len(found), found).tolist()
    )


def test_a_group_is_a_combination_that_occurs() -> None:
    assert GROUPS.tolist() == [0] * 6 + [1] * 2 + [2, 3, 2, 3]
    assert group_indices(3, ["x", "y", "x"]).tolist() == [0, 1, 0]
    assert group_indices(3).tolist() == [0, 0, 0]


@pytest.mark.parametrize("sampling", [EveryClip(12), Weighted(GROUPS), Oversampling(GROUPS)])
def test_epochs_have_the_stated_length_and_the_expected_counts(sampling: Sampling) -> None:
    epochs = [sampling.draw(np.random.default_rng(epoch)) for epoch in range(3000)]
    assert {len(epoch) for epoch in epochs} == {len(sampling)}
    assert sampling.expected.sum() == pytest.approx(len(sampling))
    mean = np.bincount(np.concatenate(epochs), minlength=12) / len(epochs)
    assert mean == pytest.approx(sampling.expected, abs=0.1)


@pytest.mark.parametrize("sampling", [EveryClip(12), Weighted(GROUPS), Oversampling(GROUPS)])
def test_an_epoch_depends_on_the_generator_only(sampling: Sampling) -> None:
    one, same, other = (sampling.draw(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@given(groups_of())
def test_groups_occur_equally_often(groups: list[int]) -> None:
    found = np.array(groups)
    for sampling in (Weighted(found), Oversampling(found)):
        totals = np.bincount(found, weights=sampling.expected)
        assert totals == pytest.approx(totals[0])


@given(groups_of(), st.integers(0, 100))
def test_oversampling_holds_every_clip_and_repeats_as_little_as_it_can(
    groups: list[int], seed: int
) -> None:
    drawn = Oversampling(np.array(groups)).draw(np.random.default_rng(seed))
    times = Counter(drawn.tolist())
    assert set(times) == set(range(len(groups)))
    largest = max(Counter(groups).values())
    for group in set(groups):
        members = [times[clip] for clip, of in enumerate(groups) if of == group]
        assert sum(members) == largest
        assert max(members) - min(members) <= 1


def test_the_larger_corpus_does_not_swamp_the_smaller() -> None:
    sampling = Weighted(group_indices(12, CORPORA))
    assert sampling.expected[:8].sum() == pytest.approx(sampling.expected[8:].sum())


def test_a_single_group_is_oversampled_by_nothing() -> None:
    drawn = Oversampling(np.zeros(5, dtype=np.int64)).draw(np.random.default_rng(0))
    assert sorted(drawn.tolist()) == [0, 1, 2, 3, 4]


def test_settings_build_their_sampling() -> None:
    adapter: TypeAdapter[SamplingConfig] = TypeAdapter(SamplingConfig)
    for kind, built in (
        ("none", EveryClip),
        ("weighted", Weighted),
        ("oversampling", Oversampling),
    ):
        assert type(adapter.validate_python({"kind": kind}).build(GROUPS)) is built
    both = adapter.validate_python({"kind": "weighted", "balance": ["emotion", "corpus"]})
    assert both.balance == ("emotion", "corpus")
    for wrong in ([], ["sentence"]):
        with pytest.raises(ValidationError):
            adapter.validate_python({"kind": "weighted", "balance": wrong})
