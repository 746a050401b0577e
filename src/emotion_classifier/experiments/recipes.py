"""The recipes that ship inside the package: settings of runs behind the published results."""

from __future__ import annotations

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
