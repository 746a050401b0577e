"""A file of rows that grows row by row, and can be continued after an interruption."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, TextIO

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError, StorageError, storage_errors
from emotion_classifier.inference.files.formats import RowFormat, csv_columns, printable, row_format
from emotion_classifier.inference.files.result import Row

_LONGEST_ROW_BYTES = 1 << 20
_REMEDY = "Free some space or name another file; what was written can be continued with --resume."


class Earlier(NamedTuple):
    """What an interrupted run has left.

    Parameters
    ----------
    files : that have a row, an answer or an error.
    failed : how many of them are errors.
    """

    files: frozenset[str] = frozenset()
    failed: int = 0


class RowWriter:
    """Rows to an open file or a terminal, complete one by one.

    Parameters
    ----------
    stream : a text file.
    form : of the rows.
    begun : whether earlier rows are there, with their head.
    """

    def __init__(self, stream: TextIO, form: RowFormat, *, begun: bool = False) -> None:
        self._stream = stream
        self._form = form
        self._separator = ""
        self._add("" if begun else form.head)

    def write(self, row: Row) -> None:
        """Add a row; a reader of the file sees it at once."""
        self._add(self._separator + self._form.text(row))
        self._separator = self._form.separator

    def close(self) -> None:
        """End the text, so that it is valid with the rows that are there."""
        self._add(self._form.tail)

    def _add(self, text: str) -> None:
        # In one piece, so that an interruption between two pieces cannot tear a row.
        self._stream.write(text)
        self._stream.flush()


@contextmanager
def open_rows(path: Path, form: RowFormat) -> Iterator[RowWriter]:
    """A writer that adds to `path`, which is made when absent, with its folder.

    Raises
    ------
    StorageError
        It cannot be written, or the disk is full.
    """
    with storage_errors(path, _REMEDY):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Names of files are bytes that need not be text, see PEP 383.
            stream = path.open("a", encoding="utf-8", errors="surrogateescape", newline="")
        except (NotADirectoryError, FileExistsError, IsADirectoryError) as error:
            reason = f"a file stands where a folder is needed, or the reverse ({error.filename})"
            raise StorageError(f"cannot write {path}: {reason}. Name another file.") from error
        with stream:
            writer = RowWriter(stream, form, begun=path.stat().st_size > 0)
            try:
                yield writer
            finally:
                writer.close()


def read_earlier(path: Path, name: Literal["jsonl", "csv"], labels: LabelSet) -> Earlier:
    """What the rows in `path` are about; a last row that was torn is cut off the file.

    Nothing is cut off a file that holds anything but rows of this format and these emotions.

    Raises
    ------
    ConfigError
        The file holds something else.
    """
    if not path.is_file():
        return Earlier()
    files, failed, end = set(), 0, 0
    with storage_errors(path, _REMEDY), path.open("r+b") as file:
        for number, record in enumerate(_complete_records(file, quoted=name == "csv")):
            try:
                text = record.decode("utf-8", "surrogateescape")
                row = _csv_row(text, number, labels) if name == "csv" else _json_row(text, labels)
            except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
                raise ConfigError(
                    f"{path} cannot be continued: its row {number + 1} is none of {name} with the "
                    f"emotions {', '.join(labels)} ({error}). Name another file for the output."
                ) from None
            end += len(record)
            if row is not None:
                files.add(row.file)
                failed += row.failed
        _check_torn(path, file, end, name, labels)
        file.truncate(end)
    return Earlier(frozenset(files), failed)


def _check_torn(
    path: Path, file: BinaryIO, end: int, name: Literal["jsonl", "csv"], labels: LabelSet
) -> None:
    """Raise where a file without a complete row is not the beginning of the first one either."""
    file.seek(0)
    expected = row_format(name, labels).head or '{"file": "'
    begin = expected.encode()
    found = file.read(len(begin))
    if end == 0 and not begin.startswith(found):
        raise ConfigError(f"{path} holds no rows of {name}. Name another file for the output.")


def _complete_records(file: BinaryIO, *, quoted: bool) -> Iterator[bytes]:
    """Lines that end in a line break; where names are `quoted`, they may hold breaks themselves."""
    record, quotes = b"", 0
    while line := file.readline(_LONGEST_ROW_BYTES):
        record += line
        quotes += line.count(b'"') if quoted else 0
        if line.endswith(b"\n") and quotes % 2 == 0:
            yield record
            record = b""


def _csv_row(text: str, number: int, labels: LabelSet) -> Row | None:
    (values,) = csv.reader(io.StringIO(text, newline=""))
    columns = csv_columns(labels)
    if number == 0:
        if values != columns:
            raise ValueError(f"its columns are {printable(', '.join(values)[:200])}")
        return None
    named = dict(zip(columns, values, strict=True))
    return Row(named["file"], error=named["error"] or None)


def _json_row(text: str, labels: LabelSet) -> Row:
    values = json.loads(text)
    if "error" not in values and values["probabilities"] is not None:
        found = list(values["probabilities"])
        if found != list(labels.names):
            raise ValueError(f"its emotions are {printable(', '.join(found)[:200])}")
    return Row(str(values["file"]), error=values.get("error"))
