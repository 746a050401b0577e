from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.config.yaml_file import parse_value, read_yaml
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
        ("!!str 5", "5"),
        ("[1, {a: null}]", [1, {"a": None}]),
    ],
)
def test_values(text: str, value: object) -> None:
    assert parse_value(text, "here") == value
    assert type(parse_value(text, "here")) is type(value)


def test_keys_are_text() -> None:
    value = parse_value("{1: a, no: b, true: c, 1.5: d, ~: e}", "here")
    assert value == {"1": "a", "no": "b", "true": "c", "1.5": "d", "~": "e"}


def test_a_merged_block_gives_way_to_the_own_keys(tmp_path: Path) -> None:
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
        ("a: 1\nb: 2\na: 3", 3, "'a' stands twice (first in line 1): keep one"),
        ("b:\n  c: {d: 1, d: 2}", 2, "'d' stands twice"),
        ("1: a\n'1': b", 2, "'1' stands twice"),
        ("a: [1\nb: 2", 2, "not valid YAML (while parsing a flow sequence)"),
        ("a:\n\t- b", 2, "Indent with spaces"),
        ("a: *b", 1, "undefined alias 'b'"),
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
        ("a: {<<: 3}", 1, "merging"),
    ],
)
def test_what_is_no_settings_file_is_told_with_its_line(
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


def test_an_alias_inside_its_own_anchor(tmp_path: Path) -> None:
    assert "inside its own anchor" in _message(_write(tmp_path, "a: &x [*x]"))


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    for name in ("ravdess.yml", "toy.yaml", "notes.txt"):
        (tmp_path / name).touch()
    message = _message(tmp_path / "ravdes.yml")
    assert f"no settings file {tmp_path / 'ravdes.yml'}" in message
    assert f"did you mean {tmp_path / 'ravdess.yml'}?" in message
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


def test_a_bad_value_is_told_with_its_origin() -> None:
    with pytest.raises(ConfigError, match=r"^override 'a=\*\.wav': not valid YAML"):
        parse_value("*.wav", "override 'a=*.wav'")
