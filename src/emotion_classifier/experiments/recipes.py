"""The recipes that ship inside the package: settings of runs behind the published results."""

from __future__ import annotations

import os
from pathlib import Path

from emotion_classifier.config.document import did_you_mean
from emotion_classifier.errors import ConfigError

RECIPES = Path(__file__).resolve().parents[1] / "recipes"


def recipe_names() -> list[str]:
    """The names of all recipes, sorted."""
    return sorted(path.stem for path in RECIPES.glob("*.yml"))


def recipe_file(name: str) -> Path:
    """The settings file of a recipe.

    Raises
    ------
    ConfigError
        No recipe has this name.
    """
    names = recipe_names()
    if name not in names:
        raise ConfigError(
            f"the recipes are {', '.join(names)}; none is named {name!r}{did_you_mean(name, names)}"
        )
    return RECIPES / f"{name}.yml"


def settings_file(text: str) -> Path:
    """The settings file with this path, or that of the recipe with this name.

    A path that does not exist is returned as it is; reading it reports the files beside it.

    Raises
    ------
    ConfigError
        `text` is the path of a file that is missing, and names a recipe or nearly one.
    """
    path = Path(text)
    if path.is_file():
        return path
    names = recipe_names()
    if text in names:
        return recipe_file(text)
    if not path.exists() and path.stem in names:
        raise ConfigError(f"no settings file {path}; the recipe's name is {path.stem!r}")
    if not os.path.lexists(path) and path.stem == text:
        raise ConfigError(
            f"no settings file {path}, and no recipe of this name (`emotion recipes list`)"
            f"{did_you_mean(text, names)}"
        )
    return path


def recipe_description(name: str) -> str:
    """The first sentence of the comment that a recipe begins with."""
    lines = recipe_file(name).read_text(encoding="utf-8").splitlines()
    comment: list[str] = []
    for line in lines:
        text = line.removeprefix("#").strip()
        if not line.startswith("#") or not text:
            break
        comment.append(text)
    return " ".join(comment).split(". ")[0].removesuffix(".") + "."
