from __future__ import annotations

import math
from enum import Enum
from pathlib import Path

import pytest

from emotion_classifier.config import parse_yaml
from emotion_classifier.config.document import (
    Document,
    KeyPath,
    did_you_mean,
    dotted,
    excerpt,
    inline,
)


def test_the_origin_of_a_missing_key_is_that_of_its_section() -> None:
    origins: dict[KeyPath, str] = {(): "x.yml", ("a",): "x.yml:3", ("a", 0, "b"): "x.yml:5"}
    document = Document({}, origins)
    assert document.origin(("a", 0, "b")) == "x.yml:5"
    assert document.origin(("a", 0, "c", "d")) == "x.yml:3"
    assert document.origin(("z",)) == "x.yml"


def test_a_path_is_written_with_dots() -> None:
    assert dotted(("corpora", 0, "path")) == "corpora.0.path"
    assert dotted(()) == ""


def test_an_update_changes_its_key_and_no_other() -> None:
    document = Document({"a": {"b": 1, "c": 2}, "d": (1, 2)}, {(): "x.yml"})
    changed = document.updated("a.b", [3], "option").updated("d.1", 5, "option")
    assert changed.data == {"a": {"b": [3], "c": 2}, "d": [1, 5]}
    assert document.data == {"a": {"b": 1, "c": 2}, "d": (1, 2)}


def test_the_origin_of_an_update_covers_all_below_it() -> None:
    document = Document({"a": {"b": {"c": 1}}}, {(): "x.yml", ("a", "b", "c"): "x.yml:3"})
    changed = document.updated("a.b", {"d": 1}, "option")
    assert changed.origin(("a", "b", "c")) == "option"
    assert changed.origin(("e",)) == "x.yml"


class Colour(Enum):
    RED = "no"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1e-3, "0.001"),
        ("no", '"no"'),
        ((16, 32), "[16, 32]"),
        ({"kind": "cnn", "path": Path("ä")}, '{"kind": "cnn", "path": "ä"}'),
        (Colour.RED, '"no"'),
    ],
)
def test_inline_text_is_yaml_of_the_same_value(value: object, text: str) -> None:
    assert inline(value) == text
    assert inline(parse_yaml(text, "text")) == text


def test_a_value_of_any_class_has_an_inline_text() -> None:
    assert inline(object()).startswith('"<object object')
    assert inline(math.nan) == "NaN"


def test_a_long_value_is_cut() -> None:
    text = excerpt(list(range(100)))
    assert len(text) == 80
    assert text.startswith("[0, 1, 2, ")
    assert text.endswith("…")


@pytest.mark.parametrize("written", ["dropuot", "drop_out", "Drop-Out", "DROPOUT", " dropout"])
def test_the_nearest_name_is_suggested(written: str) -> None:
    assert did_you_mean(written, ["depth", "dropout"]) == "; did you mean 'dropout'?"


@pytest.mark.parametrize("written", ["zebra", "", 7, None, [1]])
def test_no_name_is_suggested_where_none_is_near(written: object) -> None:
    assert did_you_mean(written, ["depth", "dropout"]) == ""


def test_suggested_names_keep_their_case() -> None:
    assert did_you_mean("wavlm", ["HuBERT", "WavLM"]) == "; did you mean 'WavLM'?"
