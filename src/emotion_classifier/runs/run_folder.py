"""The folder of a run: the paths of its files."""

from __future__ import annotations

import itertools
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.errors import RunError, StorageError, storage_errors
from emotion_classifier.runs.environment import describe_environment, origin
from emotion_classifier.storage import write_atomically

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


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
    def create(cls, root: Path, experiment: str, label: str) -> RunFolder:
        """A new folder ``root/experiment/label``, or ``label-2`` and so on where that is taken.

        Raises
        ------
        RunError
            A name that is not a plain file name.
        StorageError
            The folder cannot be made.
        """
        for name in (experiment, label):
            if not _NAME.fullmatch(name):
                raise RunError(
                    f"{name!r} cannot name a run: use at most 100 letters, digits, '.', '_' and "
                    "'-', beginning with a letter or digit"
                )
        parent = root / experiment
        remedy = "Choose another folder with --runs."
        with storage_errors(parent, remedy):
            try:
                parent.mkdir(parents=True, exist_ok=True)
            except (NotADirectoryError, FileExistsError) as error:
                reason = f"{error.filename} is not a folder, or is inside a file"
                raise StorageError(f"cannot write {parent}: {reason}. {remedy}") from error
            for number in itertools.count(1):
                path = parent / (label if number == 1 else f"{label}-{number}")
                with suppress(FileExistsError):
                    path.mkdir()
                    return cls(path)
        raise AssertionError  # count() does not end

    @classmethod
    def open(cls, path: Path, remedy: str = "give runs/<experiment>/<label>") -> RunFolder:
        """The folder of an existing run, which has settings and a split.

        Raises
        ------
        RunError
            `path` is another folder; the message ends with the `remedy`.
        """
        folder = cls(path)
        if not (folder.config.is_file() and folder.split.is_file()):
            raise RunError(
                f"{path} is not the folder of a run (it needs {folder.config.name} and "
                f"{folder.split.name}): {remedy}"
            )
        return folder

    def write_environment(self) -> None:
        """Write date, command line, commit, machine and versions."""
        text = json.dumps(describe_environment(), indent=2) + "\n"
        write_atomically(self.environment, text.encode(), "Free some space and run again.")

    def read_origin(self) -> dict[str, str]:
        """Date, command, commit and versions of the run, for the head of its report."""
        if not self.environment.is_file():
            return {}
        return origin(json.loads(self.environment.read_text("utf-8")))
