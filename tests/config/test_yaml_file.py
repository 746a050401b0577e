from __future__ import annotations

import os
import tracemalloc
from enum import Enum
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.config import (
    StrictConfig,
    dump_config,
    dump_yaml,
    load_config,
    parse_config,
    parse_yaml,
    read_yaml,
)
from emotion_classifier.errors import ConfigError


def _write(folder: Path, text: str | bytes) -> Path:
    path = folder / "x.yml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def _message(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    return str(caught.value)


def test_data_and_the_line_of_every_key(tmp_path: Path) -> None:
    path = _write(tmp_path, "# first\na: 1\nb:\n  - c: x\n    d:\n      1e-3\n  - [5, 6]\n")
    document = read_yaml(path)
    assert document.data == {"a": 1, "b": [{"c": "x", "d": 0.001}, [5, 6]]}
    lines = {at: int(origin.rpartition(":")[2]) for at, origin in document.origins.items() if at}
    assert lines == {
        ("a",): 2,
        ("b",): 3,
        ("b", 0): 4,
        ("b", 0, "c"): 4,
        ("b", 0, "d"): 5,
        ("b", 1): 7,
        ("b", 1, 0): 7,
        ("b", 1, 1): 7,
    }
    assert document.origin(()) == str(path)
    assert document.origin(("a",)) == f"{path}:2"


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "{}"])
def test_an_empty_file_holds_no_settings(tmp_path: Path, text: str) -> None:
    assert read_yaml(_write(tmp_path, text)).data == {}


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert read_yaml(_write(tmp_path, b"\xef\xbb\xbfa: 1\r\n")).data == {"a": 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("010", 10),
        ("0x10", 16),
        ("0o17", 15),
        ("12:30:45", "12:30:45"),
        ("2026-11-01", "2026-11-01"),
        ("1_000", "1_000"),
        ("", None),
        ("'1'", "1"),
        ("-.inf", float("-inf")),
        ("-.5e5", -5e4),
        ("truely", "truely"),
        ("=", "="),
        ("!!str 5", "5"),
        ("[1, {a: null}]", [1, {"a": None}]),
    ],
)
def test_values(text: str, value: object) -> None:
    assert parse_yaml(text, "here") == value
    assert type(parse_yaml(text, "here")) is type(value)


def test_keys_are_text() -> None:
    value = parse_yaml("{1: a, no: b, true: c, 1.5: d, ~: e}", "here")
    assert value == {"1": "a", "no": "b", "true": "c", "1.5": "d", "~": "e"}


def test_own_keys_override_a_merged_block(tmp_path: Path) -> None:
    text = "base: &b\n  x: {old: 1}\n  y: 2\nnew:\n  <<: *b\n  x: {own: 3}\nagain: *b\n"
    document = read_yaml(_write(tmp_path, text))
    assert document.data["new"] == {"x": {"own": 3}, "y": 2}
    assert document.data["again"] == {"x": {"old": 1}, "y": 2}
    assert document.origin(("new", "y")).endswith(":3")
    assert document.origin(("new", "x")).endswith(":6")
    assert ("new", "x", "old") not in document.origins


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\nb: 2\na: 3", 3, "duplicate key 'a' (first in line 1): remove one"),
        ("b:\n  c: {d: 1, d: 2}", 2, "duplicate key 'd'"),
        ("1: a\n'1': b", 2, "duplicate key '1'"),
        ("b: &b {c: 1}\nd:\n  <<: *b\n  e: 1\n  e: 2", 5, "duplicate key 'e'"),
        ("a: [1\nb: 2", 2, "not valid YAML (while parsing a flow sequence)"),
        ("a:\n\t- b", 2, "Indent with spaces"),
        ("a: *b", 1, "undefined alias"),
        ("a: @b", 1, "quote text that begins with a special character"),
        ("a: 1\n---\nb: 2", 2, "another document"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]", 2, "!!python/object/apply:os.system"),
        ("a: !mine b", 1, "the tag !mine is not allowed: remove it"),
        ("a: !!binary aGk=", 1, "!!binary is not allowed"),
        ("a: !!set {b}", 1, "!!set is not allowed"),
        ("? [a]\n: b", 1, "a key is a single word"),
        ("a: !!int abc", 1, "'abc' cannot be read as int"),
        ("a: !!bool maybe", 1, "'maybe' cannot be read as bool"),
        ("a: " + "1" * 5000, 1, "cannot be read as int"),
        ("a: 18446744073709551616", 1, "more than 64 bits"),
        ("a: 0x" + "f" * 9000, 1, "more than 64 bits"),
        ("a: {<<: 3}", 1, "merging"),
    ],
)
def test_an_invalid_file_is_refused_with_the_line(
    tmp_path: Path, text: str, line: int, problem: str
) -> None:
    path = _write(tmp_path, text)
    message = _message(path)
    assert message.startswith(f"{path}:{line}: ")
    assert problem in message


@pytest.mark.parametrize("text", ["- a", "epochs:5", "just words"])
def test_settings_are_keys_with_values(tmp_path: Path, text: str) -> None:
    message = _message(_write(tmp_path, text))
    assert "'key: value' lines; is there a space after each colon?" in message


@pytest.mark.parametrize("content", [b"a: \xff\xfe", b"a: \x00", b"\x89PNG\r\n\x1a\n\x00"])
def test_a_file_that_is_no_text(tmp_path: Path, content: bytes) -> None:
    assert "not a text in UTF-8" in _message(_write(tmp_path, content))


@pytest.mark.parametrize("text", ["a: &x [*x]", "a: &x {b: 1, <<: *x}", "a: &x [[{b: *x}]]"])
def test_an_alias_inside_its_own_anchor(tmp_path: Path, text: str) -> None:
    assert "inside its own anchor" in _message(_write(tmp_path, text))


def _ten_times(level: str) -> str:
    """Nine anchors, each of which holds the one before ten times; `level` has the ten aliases."""
    lines = [f"a{i}: &a{i} {level.format(', '.join(10 * [f'*a{i - 1}']))}" for i in range(1, 10)]
    return "\n".join(["a0: &a0 {x: 1}", *lines])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (_ten_times("[{}]"), "more than 20,000 keys and values"),
        (_ten_times("{{<<: [{}]}}"), "more than 20,000 keys and values"),
        ("a: [" + "b," * 100_000 + "]", "more than 20,000 keys and values"),
        ("a: " + "[" * 100_000 + "]" * 100_000, "nested more than 50 deep"),
        ("{a: " * 100_000, "nested more than 50 deep"),
        ("- " * 100_000, "nested more than 50 deep"),
        (
            "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 60)),
            "nested more than 50 deep",
        ),
        ("#" * (1 << 20) + "\n", "longer than 1,048,576 bytes"),
    ],
)
def test_files_that_would_exhaust_memory_or_time_are_refused(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = _write(tmp_path, text)
    tracemalloc.start()
    try:
        assert problem in _message(path)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


def test_aliases_can_be_refused() -> None:
    assert parse_yaml("a: &x [1]\nb: *x", "here") == {"a": [1], "b": [1]}
    with pytest.raises(ConfigError, match=r"alias \*x is not allowed"):
        parse_yaml("a: &x [1]\nb: *x", "here", aliases=False)


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    for name in ("ravdess.yml", "toy.yaml", "notes.txt"):
        (tmp_path / name).touch()
    message = _message(tmp_path / "ravdes.yml")
    assert f"no settings file {tmp_path / 'ravdes.yml'}" in message
    assert "did you mean 'ravdess.yml'?" in message
    assert f"{tmp_path} holds ravdess.yml, toy.yaml" in message


def test_a_missing_file_in_a_folder_without_settings(tmp_path: Path) -> None:
    assert f"{tmp_path} holds no .yml file" in _message(tmp_path / "x.yml")


def test_a_missing_folder(tmp_path: Path) -> None:
    assert f"there is no folder {tmp_path / 'no'}" in _message(tmp_path / "no" / "x.yml")


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    (tmp_path / "x.yml").touch()
    assert "is a folder, not a settings file; " in _message(tmp_path)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    below_a_file = _write(tmp_path, "a: 1") / "y.yml"
    assert "cannot read the settings file" in _message(below_a_file)


def test_an_invalid_value_is_refused_with_its_origin() -> None:
    with pytest.raises(ConfigError, match=r"^override 'a=\*\.wav': not valid YAML"):
        parse_yaml("*.wav", "override 'a=*.wav'")


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
_INTEGER = st.integers(-(2**63), 2**64 - 1)
_NUMBER = st.floats(allow_nan=False, allow_infinity=False)
_SECTION = st.builds(SectionConfig, numbers=st.tuples(_NUMBER, _NUMBER), count=_INTEGER)
_EVERYTHING = st.builds(
    EverythingConfig,
    text=_TEXT,
    path=st.sampled_from([Path("a b/c"), Path("/1"), Path("no"), Path("../ü")]),
    number=_NUMBER,
    maybe=st.sampled_from([True, False, None]),
    names=st.dictionaries(_TEXT, _TEXT),
    votes=st.dictionaries(_INTEGER, _NUMBER),
    sections=st.lists(_SECTION, max_size=3).map(tuple),
    nested=st.lists(st.tuples(_INTEGER, _INTEGER), max_size=3).map(tuple),
)


@given(_EVERYTHING)
def test_dumped_settings_read_back_the_same(config: EverythingConfig) -> None:
    data = parse_yaml(dump_config(config), "dump")
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


@given(st.lists(_TEXT) | st.dictionaries(_TEXT, _NUMBER | _INTEGER | st.booleans()))
def test_dumped_data_read_back_the_same(data: object) -> None:
    assert parse_yaml(dump_yaml(data), "dump") == data


def test_a_file_name_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"caf\\udce9' is not valid Unicode"):
        dump_yaml({"path": os.fsdecode(b"caf\xe9")})
