from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.model_folder.folder import (
    ENCODER,
    GRAPH,
    GRAPH_DATA,
    SPECIFICATION,
    WEIGHTS,
    find_model_folder,
    read_specification,
    read_unchecked,
    write_specification,
)
from emotion_classifier.model_folder.specification import FileName, ModelSpecification


@pytest.fixture
def folder(untrained_model: Path, tmp_path: Path) -> Path:
    """A copy of a whole model folder, to be damaged."""
    return Path(shutil.copytree(untrained_model, tmp_path / "run" / "model"))


def test_finds_a_model_folder_and_that_of_a_run_folder(folder: Path) -> None:
    assert find_model_folder(folder) == folder
    assert find_model_folder(folder.parent) == folder


def test_specification_round_trips_with_file_hashes(folder: Path) -> None:
    found = read_specification(folder)
    assert found.emotions == ("neutral", "sad")
    assert set(found.files) == {WEIGHTS, GRAPH}
    write_specification(folder, found)
    assert read_specification(folder) == found


def test_weights_are_optional(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    write_specification(folder, read_unchecked(folder))
    assert set(read_specification(folder).files) == {GRAPH}


@pytest.mark.parametrize("name", [GRAPH_DATA, ENCODER])
def test_other_files_are_hashed_too(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"{}")
    write_specification(folder, read_unchecked(folder))
    assert set(read_specification(folder).files) == {WEIGHTS, GRAPH, name}
    (folder / name).write_bytes(b"{ }")
    with pytest.raises(ModelFolderError, match=rf"{name} was altered"):
        read_specification(folder)


def test_reads_a_folder_from_before_cards_and_thresholds(folder: Path) -> None:
    content = yaml.safe_load((folder / SPECIFICATION).read_text("utf-8"))
    del content["card"], content["uncertain_below"]
    (folder / SPECIFICATION).write_text(yaml.safe_dump(content), "utf-8")
    assert read_specification(folder).uncertain_below == 0.0


def test_specification_is_readable_yaml(folder: Path) -> None:
    content = yaml.safe_load((folder / SPECIFICATION).read_text("utf-8"))
    assert content["emotions"] == ["neutral", "sad"]
    assert content["input"]["sample_rate"] == 16_000


@pytest.mark.parametrize("name", [WEIGHTS, GRAPH])
def test_an_altered_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes() + b"\0")
    with pytest.raises(ModelFolderError, match=rf"{name} was altered.*SHA-256.*again"):
        read_specification(folder)


@pytest.mark.parametrize("name", [WEIGHTS, GRAPH])
def test_a_missing_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelFolderError, match=rf"{name} is missing"):
        read_specification(folder)


def test_a_folder_without_specification_is_refused(folder: Path) -> None:
    (folder / SPECIFICATION).unlink()
    with pytest.raises(ModelFolderError, match=r"holds no model\.yaml"):
        read_specification(folder)
    with pytest.raises(ModelFolderError, match=r"a run that has finished training"):
        find_model_folder(folder.parent)


def test_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="does not exist"):
        find_model_folder(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "a: [",
        "[1, 2]",
        "name: x\n",
        "\x00",
        "a: 2020-99-99",
        b"\xff\xfe",
        "!!python/object/apply:os.getcwd []",
        "name: &a x\nnotes: [*a]",
        "emotions: [" + "[" * 100_000,
        "emotions: [" + "e, " * 200_000 + "]",
        "emotions: [" + ", ".join(f"e{i}" for i in range(10_000)) + "]",
        "emotions: [" + "1, " * 10_000 + "]",
        "parameters: " + "9" * 40,
    ],
    ids=lambda content: repr(content)[:20],
)
def test_a_file_that_is_no_specification_is_refused(folder: Path, content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (folder / SPECIFICATION).write_bytes(data)
    with pytest.raises(ModelFolderError, match=r"is not a model specification: .*again") as caught:
        read_specification(folder)
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 0),
        ("emotions", ["sad"]),
        ("emotions", ["sad", "sad"]),
        ("emotions", list(map(str, range(1_001)))),
        ("temperature", 0),
        ("temperature", 1e-320),
    ],
)
def test_values_out_of_range_are_refused(folder: Path, key: str, value: object) -> None:
    content = yaml.safe_load((folder / SPECIFICATION).read_text("utf-8"))
    (folder / SPECIFICATION).write_text(yaml.safe_dump({**content, key: value}), "utf-8")
    with pytest.raises(ModelFolderError, match=r"is not a model specification: .*again"):
        read_specification(folder)


def test_a_specification_of_absurd_size_is_not_parsed(folder: Path) -> None:
    with (folder / SPECIFICATION).open("a") as file:
        file.write("\n" * (1 << 20))
    with pytest.raises(ModelFolderError, match="not a model specification"):
        read_specification(folder)


def test_newer_format_is_reported_before_its_new_keys(folder: Path) -> None:
    content = yaml.safe_load((folder / SPECIFICATION).read_text("utf-8"))
    newer = {**content, "format": 2, "voices": ["a"]}
    (folder / SPECIFICATION).write_text(yaml.safe_dump(newer), "utf-8")
    with pytest.raises(ModelFolderError, match=r"is of format 2, .* up to 1: upgrade"):
        read_specification(folder)


@pytest.mark.parametrize("name", ["../weights.safetensors", "/proc/kmsg", "readme.md"])
def test_a_file_outside_the_layout_is_refused_unread(folder: Path, name: str) -> None:
    _list_files(folder, {name: "0" * 64})
    with pytest.raises(ModelFolderError, match="not a model specification"):
        read_specification(folder)


@pytest.mark.parametrize("listed", [(), (WEIGHTS,), (GRAPH,)])
def test_a_file_without_a_hash_is_refused(folder: Path, listed: tuple[FileName, ...]) -> None:
    hashes = read_unchecked(folder).files
    _list_files(folder, {name: hashes[name] for name in listed})
    with pytest.raises(ModelFolderError, match="lists no SHA-256"):
        read_specification(folder)


def test_a_needed_file_that_is_neither_listed_nor_there_is_refused(folder: Path) -> None:
    (folder / GRAPH).unlink()
    _list_files(folder, {WEIGHTS: read_unchecked(folder).files[WEIGHTS]})
    with pytest.raises(ModelFolderError, match=rf"{GRAPH} is missing"):
        read_specification(folder)


@pytest.mark.parametrize("name", [SPECIFICATION, GRAPH])
def test_a_link_to_a_file_that_blocks_is_refused_unread(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (folder / name).symlink_to("/proc/kmsg")
    with pytest.raises(ModelFolderError):
        read_specification(folder)


def _list_files(folder: Path, files: Mapping[str, str]) -> None:
    content = yaml.safe_load((folder / SPECIFICATION).read_text("utf-8"))
    text = yaml.safe_dump({**content, "files": dict(files)})
    (folder / SPECIFICATION).write_text(text, "utf-8")


def test_labels_are_in_the_order_of_the_outputs(folder: Path) -> None:
    specification: ModelSpecification = read_specification(folder)
    assert specification.labels.names == ("neutral", "sad")
