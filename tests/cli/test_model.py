from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from tests.cli.conftest import Command

from emotion_classifier.model_folder.folder import GRAPH, SPECIFICATION, WEIGHTS


@pytest.fixture
def folder(untrained_model: Path, tmp_path: Path) -> Path:
    """A copy of a model folder, to be damaged."""
    return Path(shutil.copytree(untrained_model, tmp_path / "model"))


def test_show_prints_the_facts_of_a_model(emotion: Command, folder: Path) -> None:
    ended = emotion("model", "show", folder)
    assert ended.code == 0
    rows = dict(line.split(maxsplit=1) for line in ended.out.splitlines())
    assert rows["model"] == "untrained"
    assert rows["emotions"] == "neutral, sad"
    assert rows["input"] == "16,000 Hz, 0.5 to 3 s"
    assert GRAPH in rows["files"] and "MB" in rows["files"]


def test_verify_names_the_altered_file(emotion: Command, folder: Path) -> None:
    assert emotion("model", "verify", folder).code == 0
    (folder / GRAPH).write_bytes(b"something else")
    (folder / WEIGHTS).unlink()
    ended = emotion("model", "verify", folder)
    assert ended.code == 2
    assert ended.error.startswith("error: ") and "Traceback" not in ended.error
    assert f"{folder / GRAPH} (altered)" in ended.error
    assert f"{folder / WEIGHTS} (missing)" in ended.error
    assert ended.out.split()[::2] == ["missing", "altered"]


def test_verify_refuses_a_folder_without_hashes(emotion: Command, folder: Path) -> None:
    written = yaml.safe_load((folder / SPECIFICATION).read_text("utf-8"))
    (folder / SPECIFICATION).write_text(yaml.safe_dump({**written, "files": {}}), "utf-8")
    ended = emotion("model", "verify", folder)
    assert ended.code == 2
    assert f"{folder / GRAPH} (not listed)" in ended.error


def test_the_card_is_printed_or_written(emotion: Command, folder: Path, tmp_path: Path) -> None:
    printed = emotion("model", "card", folder)
    assert printed.code == 0
    assert printed.out.startswith("# Model card: untrained\n")
    output = tmp_path / "card" / "MODEL_CARD.md"
    assert emotion("model", "card", folder, "--output", output).code == 0
    assert output.read_text("utf-8") == printed.out


def test_a_missing_model_folder_is_an_error(emotion: Command, tmp_path: Path) -> None:
    ended = emotion("model", "show", tmp_path / "nowhere")
    assert ended.code == 2
    assert "does not exist" in ended.error


def test_export_needs_one_kind_of_weights(emotion: Command, folder: Path, tmp_path: Path) -> None:
    wrong = {
        (): "is complete: give --int8, --fp16 or --without-encoder",
        ("--int8", "--fp16"): "give one of --int8, --fp16 and --without-encoder",
        ("--without-encoder", "--encoder", "a/b"): "give one",
        ("--fp16", "--encoder", "a/b"): "complete it first",
        ("--corpus", "toy=toy"): "only used with --int8 or --fp16",
    }
    for flags, message in wrong.items():
        ended = emotion("export", folder, *flags, "--output", tmp_path / "small")
        assert ended.code == 2
        assert message in ended.error
    ended = emotion("export", folder, "--fp16", "--output", tmp_path / "small")
    assert ended.code == 2
    assert "--corpus KIND=PATH" in ended.error
    assert not (tmp_path / "small").exists()


def test_list_has_the_bundled_models_and_an_unknown_model_names_them(emotion: Command) -> None:
    lines = emotion("model", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["default", "small", "crema_d"]
    assert all("trained on" in line for line in lines)
    error = emotion("model", "show", "cremad").error
    assert "default, small, crema_d" in error and "did you mean 'crema_d'" in error
