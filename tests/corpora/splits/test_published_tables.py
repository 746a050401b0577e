from __future__ import annotations

import re
from collections import Counter
from typing import get_args

import pytest

from emotion_classifier.corpora.splits.published_tables import (
    PUBLISHED,
    PublishedName,
    published_parts,
    read_table,
)


def test_every_name_that_can_be_chosen_is_known() -> None:
    assert tuple(PUBLISHED) == get_args(PublishedName)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_example_matches_the_pattern(name: str) -> None:
    assert re.fullmatch(PUBLISHED[name].clip_name, PUBLISHED[name].example)


@pytest.mark.parametrize(
    ("name", "fold", "listed"),
    [
        ("ravdess_emobox", 3, {"train": 20, "test": 4}),
        ("ravdess_luna5", 0, {"train": 19, "test": 5}),
        ("cremad_tfds", 1, {"train": 63, "validation": 9, "test": 19}),
        ("cremad_emobox", 1, {"train": 5586, "test": 1856}),
    ],
)
def test_parts_have_the_published_sizes(name: str, fold: int, listed: dict[str, int]) -> None:
    rows = read_table(PUBLISHED[name].table)
    assert Counter(published_parts(rows, fold).values()) == listed
