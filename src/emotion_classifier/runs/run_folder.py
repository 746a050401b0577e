"""The folder of a run: the paths of its files."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import shutil
import stat
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from emotion_classifier.errors import RunError, StorageError, storage_errors
from emotion_classifier.runs.checksums import check
from emotion_classifier.runs.environment import describe_environment, origin
from emotion_classifier.storage import LEFTOVERS, locked, sync, write_atomically

CROSS_VALIDATION = "cross_validation.yml"
"""The settings of a cross-validation, in the folder of its common report."""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SECONDS_TO_CREATE = 3600.0
"""A folder that is not complete after that time was left by a killed process."""


def _plain_name(name: str) -> str:
    if not _PLAIN_NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} cannot name a run: use at most 100 letters, digits, '.', '_' and "
            "'-', beginning with a letter or digit"
        )
    return name


RunName = Annotated[str, AfterValidator(_plain_name)]
"""A name of a run or an experiment: a plain file name."""


def equal_names(names: Sequence[str]) -> list[str]:
    """The names that other ones equal, upper and lower case aside, as on Windows and macOS."""
    counts = Counter(name.casefold() for name in names)
    return [name for name in dict.fromkeys(names) if counts[name.casefold()] > 1]


def require_no_run(folder: Path) -> None:
    """Check that a folder for a report is not that of a run, or of a cross-validation.

    Raises
    ------
    RunError
        It is, and its predictions on the test part would be lost.
    """
    if RunFolder(folder).split.is_file() or (folder / CROSS_VALIDATION).is_file():
        raise RunError(
            f"{folder} is the folder of a run or a cross-validation, whose predictions and report would be "
            "replaced: name another folder with --output"
        )


class _File:
    """A path inside the folder of a run."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, folder: RunFolder, owner: type[RunFolder]) -> Path:
        return folder.path / self._name


@dataclass(frozen=True)
class RunFolder:
    """The files of one run, in the folder ``runs/<experiment>/<label>``."""

    path: Path

    config = _File("config.yml")
    """The resolved settings."""
    split = _File("split.csv")
    """Utterance → part."""
    left_out = _File("left_out.csv")
    """Files of the corpora that were not used, and why."""
    transfer = _File("transfer.csv")
    """Each weight of the pretrained classifier: loaded, or the reason why not."""
    environment = _File("environment.json")
    """Machine and versions."""
    trackers = _File("trackers.json")
    """Identifiers of the run in MLflow and Weights & Biases."""
    history = _File("history.csv")
    """Scores of each epoch."""
    confusions = _File("confusion.csv")
    """The confusion matrix of the validation part after each epoch."""
    animation = _File("confusion.gif")
    """The same matrices as an animation."""
    checkpoints = _File("checkpoints")
    """``last.ckpt`` and ``best.ckpt``."""
    variants = _File("checkpoints/variants")
    """Augmented training clips that later epochs repeat; removed at the end of the training."""
    teacher = _File("checkpoints/teacher")
    """Predictions of teachers for the training clips; removed at the end of the training."""
    trained = _File("checkpoints/finished")
    """A file that exists once the last epoch has ended."""
    model = _File("model")
    """The model folder."""
    predictions = _File("predictions.csv")
    """The predictions of the test part."""
    misclassified = _File("misclassified")
    """Copies of misclassified test clips, and a page that plays them."""
    report = _File("report.json")
    """The report's numbers; ``report.html`` is beside it."""

    @property
    def tensorboard(self) -> Path:
        """Folder of TensorBoard's event files.

        It is the run folder itself, so that TensorBoard names the run ``experiment/label``; runs of
        earlier versions have a folder inside.
        """
        earlier = self.path / "tensorboard"
        return earlier if earlier.is_dir() else self.path

    @classmethod
    def create(
        cls, root: Path, experiment: str, label: str, write: Callable[[RunFolder], None]
    ) -> RunFolder:
        """A new folder ``root/experiment/label``, or ``label-2`` and so on where that is taken.

        It appears under that name with all its first files, so that a process that is killed before
        leaves the name free.

        Parameters
        ----------
        root : of the runs.
        experiment, label : each a `RunName`.
        write : writes the first files, of which there is at least one.

        Raises
        ------
        StorageError
            The folder cannot be made.
        """
        parent = root / experiment
        remedy = "Choose another folder with --runs."
        with storage_errors(parent, remedy):
            try:
                parent.mkdir(parents=True, exist_ok=True)
            except (NotADirectoryError, FileExistsError) as error:
                reason = f"{error.filename} is not a folder, or is inside a file"
                raise StorageError(f"cannot write {parent}: {reason}. {remedy}") from error
            _remove_incomplete(parent)
            incomplete = cls(parent / f".{uuid.uuid4().hex}.tmp")
            incomplete.path.mkdir()
            try:
                write(incomplete)
                return cls(_renamed(incomplete.path, parent / label))
            finally:
                shutil.rmtree(incomplete.path, ignore_errors=True)

    @classmethod
    def open(cls, path: Path, remedy: str = "give runs/<experiment>/<label>") -> RunFolder:
        """The folder of an existing run, which has settings and a split, both as they were written.

        Raises
        ------
        RunError
            `path` is another folder, and the message ends with the `remedy`; or a file is damaged.
        """
        folder = cls(path)
        if not (folder.config.is_file() and folder.split.is_file()):
            raise RunError(
                f"{path} is not the folder of a run (it needs {folder.config.name} and "
                f"{folder.split.name}): {remedy}"
            )
        check(folder.config)
        check(folder.split)
        return folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """A context in which no other process trains or evaluates the run.

        Raises
        ------
        RunError
            Another process does.
        """
        with locked(self.config) as is_held:
            if not is_held:
                raise RunError(
                    f"{self.path} is in use: another process trains or evaluates it. Wait until that has "
                    "ended, or stop it, and start the command again"
                )
            yield

    def write_environment(self) -> None:
        """Write date, command line, commit, machine and versions."""
        text = json.dumps(describe_environment(), indent=2) + "\n"
        write_atomically(self.environment, text.encode(), "Free some space and run again.")

    def read_origin(self) -> dict[str, str]:
        """Date, command, commit and versions of the run, for the head of its report."""
        try:
            return origin(self._read_environment())
        except AttributeError as error:
            raise self._damaged_environment(error) from error

    def check_relative_paths(self, paths: Iterable[Path]) -> None:
        """Check that relative paths in the settings of the run start here as where it was started.

        Raises
        ------
        RunError
            A path is missing here and is present there.
        """
        started = self._read_environment().get("working_folder")
        for path in paths:
            if started and not path.exists() and Path(started, path).exists():
                raise RunError(
                    f"{path} in the settings of {self.path} is relative to {started}, where the run was "
                    f"started: change to that folder (cd {shlex.quote(started)}), and continue the run "
                    "from there"
                )

    def _read_environment(self) -> dict[str, Any]:
        """What `write_environment` has written; empty where it is missing."""
        if not self.environment.is_file():
            return {}
        try:
            found = json.loads(self.environment.read_text("utf-8"))
        except ValueError as error:
            raise self._damaged_environment(error) from error
        if not isinstance(found, dict):
            raise self._damaged_environment(found)
        return found

    def _damaged_environment(self, reason: object) -> RunError:
        return RunError(f"{self.environment} is damaged ({reason!r}): delete it")


def _renamed(folder: Path, wanted: Path) -> Path:
    """The new path of `folder`: `wanted`, or with the first number that is free."""
    for number in itertools.count(1):
        path = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        if path.is_file() or (path.is_dir() and list(path.iterdir())):
            continue
        try:
            folder.rename(path)
        except OSError:
            if path.exists():  # another process was faster
                continue
            raise
        sync(path.parent)
        return path
    raise AssertionError  # count() does not end


def _remove_incomplete(parent: Path) -> None:
    """Remove the folders of runs whose process was killed before they were complete."""
    for path in parent.glob(LEFTOVERS):
        try:
            status = path.stat()
        except FileNotFoundError:  # another process has completed that run
            continue
        # The times of files are times of day.
        if stat.S_ISDIR(status.st_mode) and time.time() - status.st_mtime > _SECONDS_TO_CREATE:  # noqa: TID251
            shutil.rmtree(path, ignore_errors=True)
