"""Interrupted files of rows: repaired, continued, never destroyed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emotion_classifier.config import parse_config
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import AudioError, ConfigError, StorageError
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.inference.files.formats import PREDICTION_FORMATS
from emotion_classifier.inference.files.result import FilePrediction
from emotion_classifier.inference.files.result_file import (
    Origin,
    WrittenRows,
    check_origin,
    open_rows,
    origin_file,
    origin_of,
    read_written_rows,
    write_origin,
)
from emotion_classifier.model_folder.folder import read_specification
from emotion_classifier.model_folder.specification import CardFacts, ModelSpecification

LABELS = LabelSet(("happy", "sad"))
BAD_NAME = 'line\nbreak "and" quote.wav'


def predicted(name: str) -> FilePrediction:
    return FilePrediction(name, "sad", "sad", 0.7, {"happy": 0.3, "sad": 0.7}, 2.0, 0.5)


ROWS = [
    predicted("a.wav"),
    predicted(BAD_NAME),
    FilePrediction.of_result(Path("b.wav"), AudioError(None, "missing", "there is no such file")),
    predicted("caf\udce9.wav"),
]


def write(path: Path, name: str, rows: list[FilePrediction]) -> bytes:
    with open_rows(path, PREDICTION_FORMATS[name], LABELS) as writer:
        for row in rows:
            writer.write(row)
    return path.read_bytes()


@pytest.mark.parametrize("name", ["jsonl", "csv"])
def test_a_file_cut_anywhere_and_continued_equals_the_complete_file(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "rows"
    whole = write(path, name, ROWS)
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        earlier = read_written_rows(path, name, LABELS)
        remaining = [row for row in ROWS if row.file not in earlier.files]
        assert len(earlier.files) + len(remaining) == len(ROWS)
        assert write(path, name, remaining) == whole, length
    assert read_written_rows(path, name, LABELS) == WrittenRows(
        frozenset(r.file for r in ROWS), failed=1
    )


def test_a_missing_file_has_no_written_rows(tmp_path: Path) -> None:
    assert read_written_rows(tmp_path / "rows", "csv", LABELS) == WrittenRows()


@pytest.mark.parametrize("name", ["jsonl", "csv"])
@pytest.mark.parametrize(
    "content",
    [
        b"RIFF\x24\0\0\0WAVEfmt \n\x10\0\0\0",
        b"file,answer\na.wav,sad\n",
        b'{"file": "a.wav", "probabilities": {"calm": 1.0}}\n',
        b'["file"]\nx',
        b"\n",
        b"x" * (1 << 20) + b"y",
        b"a note",
    ],
    ids=["audio", "csv", "emotions", "list", "empty-line", "long", "short"],
)
def test_a_file_of_something_else_is_refused_and_left_as_it_is(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / "rows"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="Name another file"):
        read_written_rows(path, name, LABELS)
    assert path.read_bytes() == content


def test_json_is_valid_after_an_interruption(tmp_path: Path) -> None:
    path = tmp_path / "new" / "rows.json"
    with (
        pytest.raises(KeyboardInterrupt),
        open_rows(path, PREDICTION_FORMATS["json"], LABELS) as writer,
    ):
        writer.write(ROWS[0])
        writer.write(ROWS[1])
        raise KeyboardInterrupt
    assert [record["file"] for record in json.loads(path.read_text())] == ["a.wav", BAD_NAME]


def test_a_failed_write_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "rows.csv", tmp_path):
        with pytest.raises(StorageError, match="Name another file"):
            write(path, "csv", ROWS)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_an_error() -> None:
    with pytest.raises(StorageError, match="--resume"):
        write(Path("/dev/full"), "csv", ROWS)


@pytest.fixture
def specification(untrained_model: Path) -> ModelSpecification:
    return read_specification(untrained_model)


@pytest.fixture
def origin(specification: ModelSpecification) -> Origin:
    return origin_of(specification, InferenceConfig())


def test_a_copied_model_is_the_same(
    specification: ModelSpecification, origin: Origin, tmp_path: Path
) -> None:
    output = tmp_path / "new" / "rows.csv"
    write_origin(output, origin)
    card = {"card": CardFacts(), "notes": ("scored anew",)}
    elsewhere = InferenceConfig(model="elsewhere")
    check_origin(output, origin_of(specification.model_copy(update=card), elsewhere))
    assert json.loads(origin_file(output).read_text())["model"] == "untrained"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "other"}, 'model was "untrained" for the rows in it and is "other" now'),
        ({"temperature": 2.0}, r'model_sha256 was "[0-9a-f]{64}" .* and is "[0-9a-f]{64}" now'),
        ({"files": {"model.onnx": "0" * 64}}, "model_sha256 was"),
    ],
    ids=["name", "temperature", "weights"],
)
def test_another_model_is_refused(
    specification: ModelSpecification,
    origin: Origin,
    tmp_path: Path,
    changes: dict[str, object],
    expected: str,
) -> None:
    output = tmp_path / "rows.csv"
    write_origin(output, origin)
    other = origin_of(specification.model_copy(update=changes), InferenceConfig())
    with pytest.raises(ConfigError, match=rf"rows\.csv cannot be continued: {expected}.*another"):
        check_origin(output, other)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"stream": {"onset": None}}, "stream.onset was 0.5 for the rows in it and is null now"),
        ({"maximum_seconds": 60}, "maximum_seconds was 21600.0 .* and is 60.0 now"),
        ({"stream": {"smoothing": {"kind": "mean"}}}, "stream.smoothing was .*exponential"),
    ],
    ids=["onset", "limit", "smoothing"],
)
def test_other_settings_are_refused(
    specification: ModelSpecification,
    origin: Origin,
    tmp_path: Path,
    settings: dict[str, object],
    expected: str,
) -> None:
    output = tmp_path / "rows.csv"
    write_origin(output, origin)
    other = origin_of(specification, parse_config(InferenceConfig, settings))
    with pytest.raises(ConfigError, match=expected):
        check_origin(output, other)


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{", b"\xff"])
def test_an_unknown_origin_is_refused(
    origin: Origin, tmp_path: Path, content: bytes | None
) -> None:
    output = tmp_path / "rows.csv"
    if content is not None:
        origin_file(output).write_bytes(content)
    with pytest.raises(ConfigError, match=r"rows\.csv\.origin\.json, which is missing or damaged"):
        check_origin(output, origin)


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device")
def test_a_device_has_no_origin(origin: Origin, tmp_path: Path) -> None:
    output = tmp_path / "null"
    output.symlink_to("/dev/null")
    write_origin(output, origin)
    assert not origin_file(output).exists()
