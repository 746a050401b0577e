"""The recipes in the package."""

from __future__ import annotations

import shlex

import pytest

from emotion_classifier.config.loading import load_config
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.recipes import (
    recipe_description,
    recipe_file,
    recipe_names,
)
from emotion_classifier.experiments.train.config import RunConfig


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_begins_with_a_description(name: str) -> None:
    assert len(recipe_description(name)) > 20


def test_an_unknown_recipe_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="did you mean 'ravdess_cnn'"):
        recipe_file("ravdess-cn")


def test_every_variant_in_the_comment_of_whisper_tiny_is_valid() -> None:
    file = recipe_file("whisper_tiny")
    lines = [line.removeprefix("#   ") for line in file.read_text("utf-8").splitlines()]
    variants = [line for line in lines if line.startswith(("label=", '"corpora'))]
    assert len(variants) == 9
    for variant in variants:
        load_config(RunConfig, file, shlex.split(variant))
