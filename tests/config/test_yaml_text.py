from __future__ import annotations

import math
from enum import Enum
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.config import StrictConfig, dump_config, load_config, parse_config
from emotion_classifier.config.yaml_file import parse_value
from emotion_classifier.config.yaml_text import excerpt, inline


class Colour(Enum):
    RED = "no"


class SectionConfig(StrictConfig):
    numbers: tuple[float, ...] = ()
    count: int = 0


class EverythingConfig(StrictConfig):
    text: str = ""
    path: Path = Path()
    colour: Colour = Colour.RED
    number: float = 0.0
    maybe: bool | None = None
    names: dict[str, str] = {}
    votes: dict[int, float] = {}
    sections: tuple[SectionConfig, ...] = ()
    nested: tuple[tuple[int, int], ...] = ()


_TRICKY = [
    "1e-3",
    "no",
    "010",
    "12:30",
    "null",
    "~",
    "",
    "true",
    "1_0",
    "2026-11-01",
    "<<",
    "*a",
    "a\x85b",
    "\u2028",
]
_TEXT = st.sampled_from(_TRICKY) | st.text()
_NUMBER = st.floats(allow_nan=False, allow_infinity=False)
_SECTION = st.builds(SectionConfig, numbers=st.tuples(_NUMBER, _NUMBER), count=st.integers())
_EVERYTHING = st.builds(
    EverythingConfig,
    text=_TEXT,
    path=st.sampled_from([Path("a b/c"), Path("/1"), Path("no"), Path("../ü")]),
    number=_NUMBER,
    maybe=st.sampled_from([True, False, None]),
    names=st.dictionaries(_TEXT, _TEXT),
    votes=st.dictionaries(st.integers(), _NUMBER),
    sections=st.lists(_SECTION, max_size=3).map(tuple),
    nested=st.lists(st.tuples(st.integers(), st.integers()), max_size=3).map(tuple),
)


@given(_EVERYTHING)
def test_dumped_settings_read_back_the_same(config: EverythingConfig) -> None:
    data = parse_value(dump_config(config), "dump")
    assert isinstance(data, dict)
    assert parse_config(EverythingConfig, data) == config


@given(_TEXT)
def test_dumped_text_is_text_for_readers_of_yaml_1_1_too(text: str) -> None:
    data = yaml.safe_load(dump_config(EverythingConfig(text=text)))
    assert data["text"] == text


def test_a_dumped_file_loads(tmp_path: Path) -> None:
    config = EverythingConfig(text="häppy\nday", number=1e-7, sections=(SectionConfig(count=3),))
    path = tmp_path / "run.yml"
    path.write_text(dump_config(config), encoding="utf-8")
    assert load_config(EverythingConfig, path) == config


def test_every_option_is_written_in_order_and_lists_of_scalars_on_one_line() -> None:
    config = EverythingConfig(sections=(SectionConfig(numbers=(0.5, 1)),), votes={7: 1})
    assert dump_config(config).splitlines() == [
        "text: ''",
        "path: .",
        "colour: 'no'",
        "number: 0.0",
        "maybe: null",
        "names: {}",
        "votes:",
        "  '7': 1.0",
        "sections:",
        "- numbers: [0.5, 1.0]",
        "  count: 0",
        "nested: []",
    ]


def test_the_same_list_twice_is_written_twice() -> None:
    shared = (1, 2)
    assert "&" not in dump_config(EverythingConfig(nested=(shared, shared)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1e-3, "0.001"),
        ("plain words", "plain words"),
        ("no", "'no'"),
        ("", "''"),
        ([], "[]"),
        ((16, 32), "[16, 32]"),
        ({"kind": "cnn", "channels": [1, {"a": Path("b")}]}, "{kind: cnn, channels: [1, {a: b}]}"),
        (Colour.RED, "'no'"),
        (math.inf, ".inf"),
    ],
)
def test_values_on_one_line(value: object, text: str) -> None:
    assert inline(value) == text


def test_a_long_value_is_cut_in_messages_only() -> None:
    value = list(range(100))
    assert parse_value(inline(value), "inline") == value
    text = excerpt(value)
    assert len(text) == 80
    assert text.startswith("[0, 1, 2, ")
    assert text.endswith("…")


def test_text_is_quoted_in_messages() -> None:
    assert excerpt("5") == "'5'"
    assert excerpt(5) == "5"
    assert excerpt("x" * 100) == repr("x" * 79 + "…")


def test_a_value_of_any_class_can_be_shown() -> None:
    assert inline(object()).startswith("<object object")
