from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.corpora.splits.balance import assign_groups


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def sizes(part_of: dict[str, int], groups: list[str], parts: int) -> list[int]:
    chosen = [part_of[group] for group in groups]
    return [chosen.count(part) for part in range(parts)]


@given(
    st.lists(st.integers(1, 60), min_size=3, max_size=40),
    st.integers(0, 1000),
)
def test_no_part_is_empty_for_any_sizes(clips: list[int], seed: int) -> None:
    groups = [f"g{i}" for i, n in enumerate(clips) for _ in range(n)]
    part_of = assign_groups(groups, [None] * len(groups), (0.9, 0.05, 0.05), generator(seed))
    assert set(part_of.values()) == {0, 1, 2}
    assert part_of.keys() == set(groups)


@given(st.integers(20, 80), st.floats(0.1, 0.4), st.floats(0.1, 0.4), st.integers(0, 1000))
def test_groups_of_equal_size_are_assigned_to_the_nearest_whole_group(
    number: int, validation: float, test: float, seed: int
) -> None:
    groups = [f"g{i}" for i in range(number)]
    fractions = (1.0 - validation - test, validation, test)
    part_of = assign_groups(groups, [None] * number, fractions, generator(seed))
    wanted = np.array(fractions) * number
    assert np.abs(np.array(sizes(part_of, groups, 3)) - wanted).max() <= 1.0


def test_a_large_group_is_balanced_by_small_groups() -> None:
    groups = ["large"] * 50 + [f"small{i}" for i in range(50)]
    part_of = assign_groups(groups, [None] * 100, (0.5, 0.5), generator())
    assert sizes(part_of, groups, 2) == [50, 50]
    assert {part_of[f"small{i}"] for i in range(50)} == {1 - part_of["large"]}


def test_each_stratum_is_in_proportion() -> None:
    groups = [f"g{i}" for i in range(40)]
    strata = ["rare" if i < 10 else "common" for i in range(40)]
    part_of = assign_groups(groups, strata, (0.6, 0.2, 0.2), generator(3))
    assert sizes(part_of, groups[:10], 3) == [6, 2, 2]
    assert sizes(part_of, groups[10:], 3) == [18, 6, 6]


def test_sizes_decide_between_equal_strata() -> None:
    groups = [f"g{i}" for i in range(24)]
    strata = ["female" if i < 12 else "male" for i in range(24)]
    part_of = assign_groups(groups, strata, (0.2,) * 5, generator())
    assert sorted(sizes(part_of, groups, 5)) == [4, 5, 5, 5, 5]


def test_seeds_draw_different_groups() -> None:
    groups = [f"g{i}" for i in range(30)]
    drawn = [assign_groups(groups, [None] * 30, (0.5, 0.5), generator(seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_fewer_groups_than_parts_are_refused() -> None:
    with pytest.raises(ValueError, match="1 groups cannot fill 2 parts"):
        assign_groups(["a", "a"], [None, None], (0.5, 0.5), generator())
