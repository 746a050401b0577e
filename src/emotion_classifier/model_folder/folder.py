"""The model folder: ``model.yaml``, ``weights.safetensors``, ``model.onnx``. Needs no torch to read.

Opening a folder runs no code: there is no pickle in it. A folder for prediction only, such as a bundled
or a quantised model, has no ``weights.safetensors``. With a pretrained encoder it has
``encoder.json``, from which the encoder is built without the hub; if the encoder is left out, there is
no ``model.onnx`` until the folder is completed. A published model has the licence of its encoder in
``ENCODER_LICENCE.txt``. Graphs too large for one file have ``model.onnx.data``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from textwrap import shorten
from typing import Any, Literal, get_args

from emotion_classifier.config import MAXIMUM_BYTES, dump_yaml, parse_yaml
from emotion_classifier.errors import (
    ConfigError,
    LabelError,
    ModelFolderError,
    StorageError,
    storage_errors,
)
from emotion_classifier.model_folder.specification import (
    FORMAT_VERSION,
    FileName,
    ModelSpecification,
)
from emotion_classifier.storage import sync, write_atomically

SPECIFICATION = "model.yaml"
WEIGHTS: FileName = "weights.safetensors"
GRAPH: FileName = "model.onnx"
GRAPH_DATA: FileName = "model.onnx.data"
ENCODER: FileName = "encoder.json"
ENCODER_LICENCE: FileName = "ENCODER_LICENCE.txt"

FileState = Literal["unaltered", "altered", "missing", "not listed"]

_REMEDY = "Copy the model folder again, or train the model again."
_OUTPUT_REMEDY = "Choose another folder with --output."
_REASON_CHARACTERS = 1000


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
    """The specification of a model folder, after a check that all its files are unaltered.

    Raises
    ------
    ModelFolderError
        The specification cannot be read, or a file is missing, differs from its SHA-256 or has none.
    """
    specification = read_unchecked(folder)
    for name, state in file_states(folder, specification).items():
        if state == "missing":
            raise ModelFolderError(f"{folder / name} is missing. {_REMEDY}")
        if state == "not listed":
            raise ModelFolderError(
                f"{folder / name} cannot be checked: {SPECIFICATION} lists no SHA-256 of it. {_REMEDY}"
            )
        if state == "altered":
            raise ModelFolderError(
                f"{folder / name} was altered: its SHA-256 is not the one in {SPECIFICATION}, "
                f"{specification.files[name][:12]}…. {_REMEDY}"
            )
    return specification


def graph_file(folder: Path, specification: ModelSpecification) -> Path:
    """The ONNX graph of a model folder.

    Raises
    ------
    ModelFolderError
        The folder leaves its encoder out.
    """
    encoder = specification.encoder
    if encoder is not None and not encoder.included:
        raise ModelFolderError(
            f"{folder} leaves out its encoder, {encoder.name}, so it cannot predict: complete it with "
            f"`emotion export {folder} --output FOLDER` where that encoder is available"
        )
    return folder / GRAPH


def read_unchecked(folder: Path) -> ModelSpecification:
    """The specification of a model folder, without a check of its other files.

    Raises
    ------
    ModelFolderError
        The specification cannot be read, or is of a newer format.
    """
    file = folder / SPECIFICATION
    try:
        if file.stat().st_size == 0:  # as has a file in /proc, whose reading may block
            raise ValueError("it is empty")
        with file.open("rb") as opened:
            content = parse_yaml(opened.read(MAXIMUM_BYTES + 1), str(file), aliases=False)
        _check_format(file, content)
        return ModelSpecification.model_validate(content)
    except FileNotFoundError:
        raise ModelFolderError(f"{folder} holds no {SPECIFICATION}. {_REMEDY}") from None
    except (ConfigError, ValueError, LabelError) as error:  # pydantic's are ValueErrors
        reason = shorten(str(error), _REASON_CHARACTERS, placeholder=" …")
        raise ModelFolderError(
            f"{file} is not a model specification: {reason}. {_REMEDY}"
        ) from None
    except OSError as error:
        raise ModelFolderError(f"{file} cannot be read: {error.strerror}. {_REMEDY}") from None


def _check_format(file: Path, content: Any) -> None:
    """Raise `ModelFolderError` for a later format, before its new fields are taken for mistakes."""
    version = content.get("format") if isinstance(content, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise ModelFolderError(
            f"{file} is of format {version}, and this version of emotion_classifier reads formats "
            f"up to {FORMAT_VERSION}: upgrade it, or take a model that was made with it"
        )


def file_states(folder: Path, specification: ModelSpecification) -> dict[FileName, FileState]:
    """The state of each file that the specification lists, that the folder needs or that is in it."""
    encoder = specification.encoder
    needed = {WEIGHTS, ENCODER} if encoder is not None and not encoder.included else {GRAPH}
    return {
        name: _state(folder / name, specification.files.get(name))
        for name in get_args(FileName)
        if name in needed or name in specification.files or (folder / name).exists()
    }


def write_specification(folder: Path, specification: ModelSpecification) -> None:
    """Write ``model.yaml`` with the hashes of the folder's other files, which must be complete."""
    remedy = "Free some space and continue the run."
    files = {name: folder / name for name in get_args(FileName) if (folder / name).exists()}
    with storage_errors(folder, remedy):
        for file in files.values():
            sync(file)
    hashes = {name: file_hash(file) for name, file in files.items()}
    complete = specification.model_copy(update={"files": hashes})
    text = dump_yaml(complete.model_dump(mode="json"))
    write_atomically(folder / SPECIFICATION, text.encode(), remedy)


def make_empty(output: Path) -> None:
    """Create the folder of a new model.

    Raises
    ------
    StorageError
        It holds something already, or cannot be created.
    """
    check_empty(output)
    with storage_errors(output, _OUTPUT_REMEDY):
        output.mkdir(parents=True, exist_ok=True)


def check_empty(output: Path) -> None:
    """Check, before long work for a new model, that `make_empty` accepts its folder.

    Raises
    ------
    StorageError
        It holds something already, or cannot be listed.
    """
    with storage_errors(output, _OUTPUT_REMEDY):
        try:
            taken = any(output.iterdir())
        except FileNotFoundError:
            taken = False
        except NotADirectoryError:
            taken = True
    if taken:
        raise StorageError(f"{output} exists and is not an empty folder. {_OUTPUT_REMEDY}")


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _state(path: Path, expected: str | None) -> FileState:
    if not path.is_file():
        return "missing"
    if expected is None:
        return "not listed"
    is_empty = path.stat().st_size == 0  # as is a file in /proc, whose reading may block
    return "altered" if is_empty or file_hash(path) != expected else "unaltered"
