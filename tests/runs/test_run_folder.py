from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emotion_classifier.errors import RunError, StorageError
from emotion_classifier.runs.run_folder import RunFolder


def test_a_taken_label_gets_the_next_number(tmp_path: Path) -> None:
    paths = [RunFolder.create(tmp_path, "study", "cnn").path for _ in range(3)]
    assert paths == [tmp_path / "study" / name for name in ("cnn", "cnn-2", "cnn-3")]
    assert all(path.is_dir() for path in paths)


def test_existing_files_are_not_changed(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "cnn").write_text("a file of the user")
    assert RunFolder.create(tmp_path, "study", "cnn").path.name == "cnn-2"
    assert (tmp_path / "study" / "cnn").read_text() == "a file of the user"


def test_runs_that_start_at_once_get_folders_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = pool.map(lambda _: RunFolder.create(tmp_path, "study", "cnn"), range(24))
    assert len({folder.path for folder in folders}) == 24


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../up", "-x", "a b", "ä", "x\n", "x" * 101]
)
@pytest.mark.parametrize("place", ["experiment", "label"])
def test_a_name_that_is_no_plain_file_name_is_refused(
    tmp_path: Path, name: str, place: str
) -> None:
    names = {"experiment": "study", "label": "cnn"} | {place: name}
    with pytest.raises(RunError, match="cannot name a run: use at most 100 letters"):
        RunFolder.create(tmp_path / "runs", **names)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("taken", ["", "study"])
def test_a_file_where_a_folder_is_needed_is_an_error(tmp_path: Path, taken: str) -> None:
    root = tmp_path / "runs"
    if taken:
        root.mkdir()
    (root / taken).write_text("")
    with pytest.raises(StorageError, match=r"cannot write .*--runs"):
        RunFolder.create(root, "study", "cnn")


def test_records_the_machine_and_the_versions(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "study", "cnn")
    folder.write_environment()
    facts = json.loads(folder.environment.read_text("utf-8"))
    assert {"torch", "numpy", "emotion_classifier"} <= set(facts["versions"])
    assert all(facts["versions"].values())
    assert facts["cores"] >= 1 and facts["python"].startswith("3.")
