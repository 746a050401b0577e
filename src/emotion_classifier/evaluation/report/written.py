"""JSON files of earlier reports, read as values."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from emotion_classifier.errors import EvaluationError

T = TypeVar("T")


def read_written(file: Path, type_: type[T], kind: str, remedy: str) -> T | None:
    """The value in `file`; None where there is no such file.

    Parameters
    ----------
    type_ : of the value; its fields are the keys of the file.
    kind, remedy : for the message: the kind of file, and what to do about a damaged one.

    Raises
    ------
    EvaluationError
        The file is damaged, or was written by a newer version.
    """
    if not file.is_file():
        return None
    try:
        return TypeAdapter(type_).validate_json(file.read_bytes())
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{file} cannot be read as {kind} ({error}): {remedy}") from error
