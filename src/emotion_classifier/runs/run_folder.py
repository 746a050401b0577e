"""The folder of a run: the paths of its files."""

from __future__ import annotations

import itertools
import json
import os
import platform
import re
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from emotion_classifier.errors import RunError, StorageError, storage_errors
from emotion_classifier.storage import write_atomically

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LIBRARIES = (
    "emotion_classifier",
    "numpy",
    "torch",
    "lightning",
    "onnxruntime",
    "soundfile",
    "soxr",
)


@dataclass(frozen=True)
class RunFolder:
    """The files of one run.

    Parameters
    ----------
    path : ``runs/<experiment>/<label>``.
    """

    path: Path

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
                try:
                    path.mkdir()
                except FileExistsError:
                    continue
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

    @property
    def config(self) -> Path:
        """The resolved settings."""
        return self.path / "config.yml"

    @property
    def split(self) -> Path:
        """Utterance → part."""
        return self.path / "split.csv"

    @property
    def left_out(self) -> Path:
        """Files of the corpora that were not used, and why."""
        return self.path / "left_out.csv"

    @property
    def transfer(self) -> Path:
        """Each weight of the pretrained classifier: loaded, or the reason why not."""
        return self.path / "transfer.csv"

    @property
    def environment(self) -> Path:
        """Machine and versions."""
        return self.path / "environment.json"

    @property
    def history(self) -> Path:
        """Scores of each epoch."""
        return self.path / "history.csv"

    @property
    def confusions(self) -> Path:
        """The confusion matrix of the validation part after each epoch."""
        return self.path / "confusion.csv"

    @property
    def animation(self) -> Path:
        """The same matrices as an animation."""
        return self.path / "confusion.gif"

    @property
    def tensorboard(self) -> Path:
        """Event files of TensorBoard."""
        return self.path / "tensorboard"

    @property
    def checkpoints(self) -> Path:
        """``last.ckpt`` and ``best.ckpt``."""
        return self.path / "checkpoints"

    @property
    def trained(self) -> Path:
        """A file that exists once the last epoch has ended."""
        return self.path / "checkpoints" / "finished"

    @property
    def model(self) -> Path:
        """The model folder."""
        return self.path / "model"

    @property
    def predictions(self) -> Path:
        """The predictions of the test part."""
        return self.path / "predictions.csv"

    @property
    def misclassified(self) -> Path:
        """Copies of misclassified test clips, and a page that plays them."""
        return self.path / "misclassified"

    @property
    def report(self) -> Path:
        """The report's numbers; ``report.html`` is beside it."""
        return self.path / "report.json"

    def write_environment(self) -> None:
        """Write machine, versions and command line."""
        facts = {
            "command": " ".join(sys.argv),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "versions": {name: version(name) for name in _LIBRARIES},
        }
        text = json.dumps(facts, indent=2) + "\n"
        write_atomically(self.environment, text.encode(), "Free some space and run again.")
