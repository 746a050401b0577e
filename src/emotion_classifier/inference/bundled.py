"""The models that ship inside the package."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from emotion_classifier.config.document import did_you_mean
from emotion_classifier.errors import ModelFolderError, broken_link
from emotion_classifier.model_folder.folder import SPECIFICATION, find_model_folder
from emotion_classifier.runs.named_runs import find_named_run

BundledName = Literal["default", "small", "crema_d"]
"""``small`` is the fastest; like ``default`` it has training data whose licences are non-commercial.
``crema_d`` is trained on openly licensed speech alone."""

BUNDLED = Path(__file__).resolve().parents[1] / "bundled"


def bundled_model(name: BundledName = "default", root: Path = BUNDLED) -> Path:
    """The folder of a model that ships inside the package.

    Parameters
    ----------
    name : of the model.
    root : of the bundled models.

    Raises
    ------
    ModelFolderError
        This copy of the package carries no such model.
    """
    folder = root / name
    if not (folder / SPECIFICATION).is_file():
        raise ModelFolderError(
            f"this copy of emotion_classifier carries no bundled model {name!r} ({folder} holds no "
            f"{SPECIFICATION}): install a release, make it with `make bundled-model`, or name a "
            "model folder with --model"
        )
    return folder


def model_folder(model: Path | str | None) -> Path:
    """The folder of a model.

    Parameters
    ----------
    model : a model folder, the run folder around it, or, where no such folder is there, the name of
        a bundled model or of a run below ``runs`` (see `named_runs`); None takes the bundled
        ``default``.

    Raises
    ------
    ModelFolderError
        There is no such folder.
    RunError
        Several runs have this name.
    """
    if model is None:
        return bundled_model()
    path, names = Path(model), get_args(BundledName)
    if path.exists():
        return find_model_folder(path)
    for name in names:
        if str(model) == name:
            return bundled_model(name)
    if (run := find_named_run(str(model))) is not None:
        return find_model_folder(run)
    if link := broken_link(path):
        raise ModelFolderError(f"{path}: {link}")
    raise ModelFolderError(
        f"give a model folder, a run folder, the name of a run below runs or a bundled model "
        f"({', '.join(names)}): {path} does not exist{did_you_mean(path, names)}"
    )
