"""The rows of an interrupted run, read from their open file."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from emotion_classifier.errors import ConfigError
from emotion_classifier.inference.files.formats import CsvOptions, TextFormat
from emotion_classifier.inference.files.row_layout import RowLayout

_LONGEST_ROW_BYTES = 1 << 20
_JSON_START = b'{"file": "'


class WrittenRows(NamedTuple):
    """Rows of an interrupted run.

    Parameters
    ----------
    files : that have a row, a result or an error.
    failed : number of errors.
    """

    files: frozenset[str] = frozenset()
    failed: int = 0


def read_written_rows(
    file: BinaryIO,
    path: Path,
    form: TextFormat,
    layout: RowLayout[Any],
    options: CsvOptions,
    complete: Container[str] | None = None,
) -> WrittenRows:
    """The rows in an open file; an incomplete last row is cut off.

    Nothing is cut off a file with anything but rows of this format and layout.

    Parameters
    ----------
    path : for messages.
    form : can be continued.
    complete : files whose rows are kept; what follows them is cut off. None keeps all.

    Raises
    ------
    ConfigError
        The file holds something else.
    """
    files, failed, end = set(), 0, 0
    file.seek(0)
    for number, record in enumerate(_complete_rows(file, quoted=form.quotes_line_breaks)):
        row = _parsed(record, number, path, form, layout, options)
        if row is not None:
            if complete is not None and row["file"] not in complete:
                break
            files.add(str(row["file"]))
            failed += bool(row.get("error"))
        end += len(record)
    if end == 0:
        _check_start(file, path, form, layout)
    file.truncate(end)
    return WrittenRows(frozenset(files), failed)


def _parsed(
    record: bytes,
    number: int,
    path: Path,
    form: TextFormat,
    layout: RowLayout[Any],
    options: CsvOptions,
) -> Mapping[str, Any] | None:
    assert form.parse is not None
    try:
        row = form.parse(record.decode("utf-8", "surrogateescape"), number, layout, options)
        if row is not None:
            row["file"]
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise ConfigError(
            f"{path} cannot be continued: its row {number + 1} does not have the columns "
            f"{', '.join(layout.names)} ({error}). Name another file for the output."
        ) from None
    return row


def _check_start(file: BinaryIO, path: Path, form: TextFormat, layout: RowLayout[Any]) -> None:
    """Raise where a file without a complete row does not start like the head or the first row."""
    start = form.head(layout, CsvOptions()).encode() or _JSON_START
    file.seek(0)
    found = file.read(len(codecs.BOM_UTF8) + len(start)).removeprefix(codecs.BOM_UTF8)
    if not start.startswith(found[: len(start)]) and not codecs.BOM_UTF8.startswith(found):
        raise ConfigError(f"{path} holds no rows of this format. Name another file for the output.")


def _complete_rows(file: BinaryIO, *, quoted: bool) -> Iterator[bytes]:
    """Rows that end in a line break; where file names are `quoted`, these may have some as well."""
    lines: list[bytes] = []
    quotes = 0
    while line := file.readline(_LONGEST_ROW_BYTES):
        lines.append(line)
        quotes += line.count(b'"') if quoted else 0
        if line.endswith(b"\n") and quotes % 2 == 0:
            yield b"".join(lines)
            lines.clear()
