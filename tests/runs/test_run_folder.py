from __future__ import annotations

import json
import multiprocessing
import os
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emotion_classifier.config import parse_config
from emotion_classifier.errors import ConfigError, RunError, StorageError
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.runs.checksums import record
from emotion_classifier.runs.run_folder import RunFolder


def write(folder: RunFolder) -> None:
    folder.config.write_text("seed: 0\n")


def create(root: Path) -> RunFolder:
    return RunFolder.create(root, "study", "cnn", write)


def test_a_taken_label_gets_the_next_number(tmp_path: Path) -> None:
    paths = [create(tmp_path).path for _ in range(3)]
    assert paths == [tmp_path / "study" / name for name in ("cnn", "cnn-2", "cnn-3")]
    assert all((path / "config.yml").is_file() for path in paths)
    assert len(list((tmp_path / "study").iterdir())) == 3


def test_existing_files_are_not_changed(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "cnn").write_text("a file of the user")
    assert create(tmp_path).path.name == "cnn-2"
    assert (tmp_path / "study" / "cnn").read_text() == "a file of the user"


def test_runs_that_start_at_once_get_folders_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = pool.map(lambda _: create(tmp_path), range(24))
    assert len({folder.path for folder in folders}) == 24


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../up", "-x", "a b", "ä", "x\n", "x" * 101]
)
@pytest.mark.parametrize("place", ["experiment", "label"])
def test_a_name_that_is_no_plain_file_name_is_refused(
    tmp_path: Path, name: str, place: str
) -> None:
    document = {"corpora": [{"kind": "toy", "path": "toy"}], place: name}
    with pytest.raises(ConfigError, match=rf"{place}.*cannot name a run: use at most 100 letters"):
        parse_config(RunConfig, document, "test")


def test_a_name_stays_free_until_the_first_files_are_written(tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    def fail(folder: RunFolder) -> None:
        write(folder)
        raise Killed

    with pytest.raises(Killed):
        RunFolder.create(tmp_path, "study", "cnn", fail)
    assert list((tmp_path / "study").iterdir()) == []
    (tmp_path / "study" / "cnn").mkdir()  # as an earlier version left it
    assert create(tmp_path).path.name == "cnn"


def test_folders_that_a_killed_process_left_are_removed_later(tmp_path: Path) -> None:
    for name, age_seconds in ((".old.tmp", 7200.0), (".new.tmp", 60.0)):
        folder = tmp_path / "study" / name
        folder.mkdir(parents=True)
        os.utime(folder, (time.time() - age_seconds,) * 2)
    create(tmp_path)
    assert {path.name for path in (tmp_path / "study").iterdir()} == {"cnn", ".new.tmp"}


def is_in_use(folder: RunFolder) -> bool:
    try:
        with folder.locked():
            return False
    except RunError:
        return True


def test_a_run_is_in_use_by_one_process(tmp_path: Path) -> None:
    folder = create(tmp_path)
    with folder.locked(), pytest.raises(RunError), RunFolder(folder.path).locked():
        pass
    with folder.locked():  # the lock ends with its context
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_does_not_keep_a_run_in_use(tmp_path: Path) -> None:
    folder = create(tmp_path)
    with folder.locked():
        child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60.0,))
        with warnings.catch_warnings():  # of a fork while threads run
            warnings.simplefilter("ignore", DeprecationWarning)
            child.start()
    try:
        deadline = time.monotonic() + 30.0
        while is_in_use(folder) and time.monotonic() < deadline:  # until the child has begun
            time.sleep(0.01)
        assert child.is_alive() and not is_in_use(folder)
    finally:
        child.kill()
        child.join()


@pytest.mark.parametrize("name", ["config.yml", "split.csv"])
def test_a_run_with_a_damaged_file_is_not_opened(tmp_path: Path, name: str) -> None:
    folder = create(tmp_path)
    folder.split.write_text("utterance,part\na,train\nb,test\n")
    assert RunFolder.open(folder.path) == folder  # as an earlier version wrote it
    record(folder.config, folder.split)
    assert RunFolder.open(folder.path) == folder
    file = folder.path / name
    file.write_text(file.read_text()[:-7])
    with pytest.raises(RunError, match=rf"{name} is damaged or was changed: .*checksums\.sha256"):
        RunFolder.open(folder.path)


@pytest.mark.parametrize("taken", ["", "study"])
def test_a_file_where_a_folder_is_needed_is_an_error(tmp_path: Path, taken: str) -> None:
    root = tmp_path / "runs"
    if taken:
        root.mkdir()
    (root / taken).write_text("")
    with pytest.raises(StorageError, match=r"cannot write .*--runs"):
        create(root)


def test_records_the_machine_and_the_versions(tmp_path: Path) -> None:
    folder = create(tmp_path)
    folder.write_environment()
    facts = json.loads(folder.environment.read_text("utf-8"))
    assert {"torch", "numpy", "emotion_classifier"} <= set(facts["versions"])
    assert all(facts["versions"].values())
    assert facts["cores"] >= 1 and facts["python"].startswith("3.")


def test_relative_paths_start_where_the_run_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "my project"
    (project / "corpus").mkdir(parents=True)
    monkeypatch.chdir(project)
    folder = create(tmp_path)
    paths = [Path("corpus"), Path("gone"), tmp_path / "absolute"]
    folder.check_relative_paths(paths)  # nothing is known before the environment is written
    folder.write_environment()
    folder.check_relative_paths(paths)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError, match=r"^corpus in the settings .* relative to .*cd '.*project'"):
        folder.check_relative_paths(paths)
    (tmp_path / "corpus").mkdir()  # the corpus has moved with the project
    folder.check_relative_paths(paths)
