"""The model folder: ``model.yaml``, ``weights.safetensors``, ``model.onnx``. Needs no torch to read.

Opening a folder runs no code: there is no pickle in it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import yaml

from emotion_classifier.errors import LabelError, ModelFolderError, storage_errors
from emotion_classifier.models.specification import ModelSpecification

SPECIFICATION = "model.yaml"
WEIGHTS = "weights.safetensors"
GRAPH = "model.onnx"

_REMEDY = "Copy the model folder again, or train the model again."


def find_model_folder(path: Path) -> Path:
    """The model folder at `path`, which may be that folder or the run folder around it.

    Raises
    ------
    ModelFolderError
        Neither is there.
    """
    for folder in (path, path / "model"):
        if (folder / SPECIFICATION).is_file():
            return folder
    if not path.exists():
        raise ModelFolderError(f"{path} does not exist: give a model folder or a run folder")
    raise ModelFolderError(
        f"{path} holds no {SPECIFICATION}: give a model folder, or the folder of a run that has "
        "finished training"
    )


def read_specification(folder: Path) -> ModelSpecification:
    """The specification of a model folder, whose files are all there and unaltered.

    Raises
    ------
    ModelFolderError
        The specification cannot be read, or a file is missing or differs from its SHA-256.
    """
    file = folder / SPECIFICATION
    try:
        specification = ModelSpecification.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except FileNotFoundError:
        raise ModelFolderError(f"{folder} holds no {SPECIFICATION}. {_REMEDY}") from None
    except (yaml.YAMLError, ValueError, LabelError) as error:  # pydantic's are ValueErrors
        reason = " ".join(str(error).split())
        raise ModelFolderError(
            f"{file} is not a model specification: {reason}. {_REMEDY}"
        ) from None
    for name, expected in specification.files.items():
        _check_file(folder / name, expected)
    return specification


def write_specification(folder: Path, specification: ModelSpecification) -> None:
    """Write ``model.yaml`` with the hashes of the folder's other files, last of all."""
    files = {name: file_hash(folder / name) for name in (WEIGHTS, GRAPH)}
    complete = specification.model_copy(update={"files": files})
    text = yaml.safe_dump(complete.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    with storage_errors(folder, "Free some space and continue the run."):
        temporary = folder / f".{SPECIFICATION}.tmp"
        temporary.write_text(text, "utf-8")
        temporary.replace(folder / SPECIFICATION)


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_file(path: Path, expected: str) -> None:
    if not path.is_file():
        raise ModelFolderError(f"{path} is missing. {_REMEDY}")
    found = file_hash(path)
    if found != expected:
        raise ModelFolderError(
            f"{path} was altered: its SHA-256 is {found[:12]}…, model.yaml says {expected[:12]}…. "
            + _REMEDY
        )
