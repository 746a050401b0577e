"""A file of predictions that grows row by row, and can be continued after an interruption.

Which model and settings the rows are from is in a file beside it, ``FILE.origin.json``: programs that
read the rows expect nothing else in them.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO, TypeAlias

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError, StorageError, storage_errors
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.inference.files.formats import PREDICTION_FORMATS, PredictionFormat
from emotion_classifier.inference.files.result import FilePrediction
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.storage import write_atomically

Origin: TypeAlias = Mapping[str, object]
"""Model and settings that predictions depend on: plain values by dotted name."""

_LONGEST_ROW_BYTES = 1 << 20
_ANOTHER = "Name another file for the output"
_REMEDY = "Free some space or name another file; the written rows can be continued with --resume."


class WrittenRows(NamedTuple):
    """Rows of an interrupted run.

    Parameters
    ----------
    files : that have a row, a prediction or an error.
    failed : number of errors.
    """

    files: frozenset[str] = frozenset()
    failed: int = 0


class RowWriter:
    """Writes predictions to an open file or a terminal, each row at once and whole.

    Parameters
    ----------
    stream : a text file.
    form : of the rows.
    labels : emotions of the model.
    has_head : whether the file has a head and rows already.
    """

    def __init__(
        self, stream: TextIO, form: PredictionFormat, labels: LabelSet, *, has_head: bool = False
    ) -> None:
        self._stream, self._form, self._labels = stream, form, labels
        self._separator = ""
        self._write("" if has_head else form.head(labels))

    def write(self, row: FilePrediction) -> None:
        """Add a row."""
        self._write(self._separator + self._form.row(row, self._labels))
        self._separator = self._form.separator

    def close(self) -> None:
        """End the text, so that it is valid with the rows so far."""
        self._write(self._form.tail)

    def _write(self, text: str) -> None:
        # In one call, so that an interruption cannot tear a row.
        self._stream.write(text)
        self._stream.flush()


@contextmanager
def open_rows(path: Path, form: PredictionFormat, labels: LabelSet) -> Iterator[RowWriter]:
    """A writer that appends to `path`, which is made with its folder where it is absent.

    Raises
    ------
    StorageError
        The file cannot be written, or the disk is full.
    """
    with storage_errors(path, _REMEDY):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Names of files are bytes that need not be text, see PEP 383.
            stream = path.open("a", encoding="utf-8", errors="surrogateescape", newline="")
        except (NotADirectoryError, FileExistsError, IsADirectoryError) as error:
            reason = f"a file is where a folder is needed, or the reverse ({error.filename})"
            raise StorageError(f"cannot write {path}: {reason}. Name another file.") from error
        with stream:
            writer = RowWriter(stream, form, labels, has_head=path.stat().st_size > 0)
            try:
                yield writer
            finally:
                writer.close()


def read_written_rows(path: Path, name: str, labels: LabelSet) -> WrittenRows:
    """The rows in `path`; an incomplete last row is cut off the file.

    Nothing is cut off a file with anything but rows of this format and these emotions.

    Parameters
    ----------
    name : of a format that can be continued.

    Raises
    ------
    ConfigError
        The file holds something else.
    """
    if not path.is_file():
        return WrittenRows()
    form = PREDICTION_FORMATS[name]
    assert form.parse is not None
    files, failed, end = set(), 0, 0
    with storage_errors(path, _REMEDY), path.open("r+b") as file:
        for number, record in enumerate(_complete_rows(file, quoted=form.quotes_line_breaks)):
            try:
                row = form.parse(record.decode("utf-8", "surrogateescape"), number, labels)
            except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
                raise ConfigError(
                    f"{path} cannot be continued: its row {number + 1} is none of {name} with the "
                    f"emotions {', '.join(labels)} ({error}). {_ANOTHER}."
                ) from None
            end += len(record)
            if row is not None:
                files.add(row.file)
                failed += row.failed
        if end == 0:
            _check_start(path, file, name, labels)
        file.truncate(end)
    return WrittenRows(frozenset(files), failed)


def _check_start(path: Path, file: BinaryIO, name: str, labels: LabelSet) -> None:
    """Raise where a file without a complete row does not start like the head or the first row."""
    form = PREDICTION_FORMATS[name]
    row = form.row(FilePrediction("name"), labels)
    start = (form.head(labels) or row[: row.index("name")]).encode()
    file.seek(0)
    if not start.startswith(file.read(len(start))):
        raise ConfigError(f"{path} holds no rows of {name}. {_ANOTHER}.")


def _complete_rows(file: BinaryIO, *, quoted: bool) -> Iterator[bytes]:
    """Rows that end in a line break; where file names are `quoted`, these may have some as well."""
    row, quotes = b"", 0
    while line := file.readline(_LONGEST_ROW_BYTES):
        row += line
        quotes += line.count(b'"') if quoted else 0
        if line.endswith(b"\n") and quotes % 2 == 0:
            yield row
            row = b""


def origin_of(specification: ModelSpecification, settings: InferenceConfig) -> Origin:
    """Origin of the rows of a model and settings; path, card and notes of the model do not count."""
    values = settings.model_dump(mode="json", exclude={"model"})
    stream = values.pop("stream")
    model = specification.model_dump_json(exclude={"card", "notes"})
    return {
        "model": specification.name,
        "model_sha256": hashlib.sha256(model.encode()).hexdigest(),
        **values,
        **{f"stream.{name}": value for name, value in stream.items()},
    }


def origin_file(output: Path) -> Path:
    """Path of the origin of the rows in `output`."""
    return output.with_name(f"{output.name}.origin.json")


def write_origin(output: Path, origin: Origin) -> None:
    """Write the origin of the rows that will be in `output`; a device or pipe has none.

    Raises
    ------
    StorageError
        It cannot be written.
    """
    if not output.exists() or output.is_file():
        text = json.dumps(origin, indent=2) + "\n"
        write_atomically(origin_file(output), text.encode(), f"{_ANOTHER}.")


def check_origin(output: Path, origin: Origin) -> None:
    """Check that rows of `origin` can be added to those in `output`.

    Raises
    ------
    ConfigError
        The rows there come from another model or other settings, or their origin is unknown.
    """
    written = _read(output)
    # The name of the model comes before its hash.
    names = (name for name in {**written, **origin} if written.get(name) != origin.get(name))
    for name in names:
        raise ConfigError(
            f"{output} cannot be continued: {name} was {json.dumps(written.get(name))} for the rows in "
            f"it and is {json.dumps(origin.get(name))} now. {_ANOTHER}, or take the same model and "
            f"settings again, see {origin_file(output)}"
        )


def _read(output: Path) -> dict[str, object]:
    path = origin_file(output)
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):  # damaged: no JSON or no UTF-8
        found = None
    if not isinstance(found, dict):
        raise ConfigError(
            f"{output} cannot be continued: the model and settings of its rows are in "
            f"{path.name}, which is missing or damaged. {_ANOTHER}"
        )
    return found
