"""The recipes in the package."""

from __future__ import annotations

import pytest

from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.recipes import (
    recipe_description,
    recipe_file,
    recipe_names,
)


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_begins_with_a_description(name: str) -> None:
    assert len(recipe_description(name)) > 20


def test_an_unknown_recipe_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="did you mean 'ravdess_cnn'"):
        recipe_file("ravdess-cn")
