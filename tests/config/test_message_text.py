from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.config.message_text import (
    did_you_mean,
    expected,
    range_in_words,
    type_in_words,
)
from emotion_classifier.config.schema import OptionType


class AConfig(StrictConfig):
    kind: Literal["a"] = "a"


class BConfig(StrictConfig):
    kind: Literal["b"] = "b"


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Odd:
    pass


Family = Annotated[AConfig | BConfig, Field(discriminator="kind")]
Share = Annotated[float, Field(ge=0, le=1)]


@pytest.mark.parametrize(
    ("annotation", "words", "limits"),
    [
        (bool, "true or false", ""),
        (int, "whole number", ""),
        (Share, "number", "0 to 1"),
        (Annotated[float, Field(gt=0)], "number", "above 0"),
        (Annotated[float, Field(ge=0, lt=1.5)], "number", "at least 0, below 1.5"),
        (Annotated[int, Field(le=9, multiple_of=3)], "whole number", "at most 9, a multiple of 3"),
        (Annotated[str, Field(min_length=1)], "text", "at least 1 character"),
        (Annotated[str, Field(max_length=5)], "text", "at most 5 characters"),
        (Annotated[str, Field(pattern="^a")], "text", "matching ^a"),
        (Path | None, "path, or null", ""),
        (Any, "any value", ""),
        (Odd, "Odd", ""),
        (Literal["x", "y"], "choice", "x, y"),
        (Colour, "choice", "red, blue"),
        (int | Literal["auto"], "whole number or auto", ""),
        (Share | str, "number or text", "0 to 1"),
        (tuple[int, ...], "list of whole numbers", ""),
        (Annotated[list[Share], Field(min_length=2)], "list of numbers", "at least 2 entries, each 0 to 1"),
        (Annotated[list[int], Field(min_length=1, max_length=3)], "list of whole numbers", "1 to 3 entries"),
        (tuple[float, float], "list of 2 numbers", ""),
        (tuple[int, str], "list of 2: whole number, text", ""),
        (tuple[tuple[int, ...], ...], "list of lists of whole numbers", ""),
        (tuple[Literal["x", "y"], ...], "list of choices", "each one of x, y"),
        (dict[str, Colour], "map of names to choice", "each value one of red, blue"),
        (dict[str, Share], "map of names to number", "each value 0 to 1"),
        (AConfig, "section", ""),
        (Family, "section with a kind", "kind: a, b"),
        (tuple[Family, ...], "list of sections with a kind", "each kind: a, b"),
    ],
)  # fmt: skip
def test_types_and_ranges(annotation: Any, words: str, limits: str) -> None:
    option = OptionType.of(annotation)
    assert type_in_words(option) == words
    assert range_in_words(option) == limits


@pytest.mark.parametrize(
    ("annotation", "phrase"),
    [
        (int, "whole number"),
        (Share | None, "number, or null (0 to 1)"),
        (Literal["x", "y"], "one of x, y"),
        (Colour | None, "one of red, blue or null"),
        (Family, "section with a kind (kind: a, b)"),
    ],
)
def test_what_is_expected(annotation: Any, phrase: str) -> None:
    assert expected(OptionType.of(annotation)) == phrase


@pytest.mark.parametrize("written", ["dropuot", "drop_out", "Drop-Out", "DROPOUT", " dropout"])
def test_the_nearest_name_is_named(written: str) -> None:
    assert did_you_mean(written, ["depth", "dropout"]) == "; did you mean 'dropout'?"


@pytest.mark.parametrize("written", ["zebra", "", 7, None, [1]])
def test_nothing_is_guessed_where_nothing_is_near(written: object) -> None:
    assert did_you_mean(written, ["depth", "dropout"]) == ""


def test_names_keep_their_case() -> None:
    assert did_you_mean("wavlm", ["HuBERT", "WavLM"]) == "; did you mean 'WavLM'?"
