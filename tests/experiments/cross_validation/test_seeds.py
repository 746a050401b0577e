from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emotion_classifier.config import parse_config
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.cross_validation.seeds import seed_configs
from emotion_classifier.experiments.train.config import RunConfig


def config(**settings: Any) -> RunConfig:
    return parse_config(
        RunConfig,
        {"corpora": [{"kind": "toy", "path": "corpus"}], "label": "x", **settings},
        "test",
    )


def test_the_first_seed_has_the_settings_as_they_are_and_the_others_its_split() -> None:
    first, second, third = seed_configs(config(seed=7), 3)
    assert first == config(seed=7)
    assert [one.seed for one in (second, third)] == [8, 9]
    assert [one.split_seed for one in (second, third)] == [7, 7]
    assert [one.label for one in (second, third)] == ["x-seed8", "x-seed9"]


def test_a_seed_of_the_split_in_the_settings_is_kept() -> None:
    assert [one.split_seed for one in seed_configs(config(split_seed=5), 2)] == [5, 5]


@pytest.mark.parametrize(("first", "seeds"), [(0, 1), (np.iinfo(np.uint32).max, 2)])
def test_seeds_that_do_not_exist_are_refused(first: int, seeds: int) -> None:
    with pytest.raises(ConfigError, match="seed"):
        seed_configs(config(seed=int(first)), seeds)
