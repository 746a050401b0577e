"""Columns of text from a CSV or Parquet file."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from emotion_classifier.errors import CorpusError, MissingDependencyError, abridged

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

Columns: TypeAlias = dict[str, list[str]]

_TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
_PARQUET_SUFFIXES = (".parquet", ".pq")
_DELIMITERS = (",", "\t", ";")


def read_header(path: Path) -> list[str]:
    """Names of the columns of a table.

    Raises
    ------
    CorpusError
        No such file, or another format.
    """
    if _is_parquet(path):
        with _parquet_errors(path):
            return list(_parquet_file(path).schema_arrow.names)
    with _csv_rows(path) as rows:
        return next(rows, [])


def read_columns(path: Path, wanted: Mapping[str, str]) -> Columns:
    """Columns of a table, each a list of text with "" where a cell is empty.

    Parameters
    ----------
    path : of the table.
    wanted : field → column that holds it; the result has the fields as keys.

    Raises
    ------
    CorpusError
        No such file, another format, a column that is missing or there twice, or rows of unequal length.
    """
    return _read_parquet(path, wanted) if _is_parquet(path) else _read_csv(path, wanted)


def _is_parquet(path: Path) -> bool:
    """Whether a table is Parquet and not CSV, by its suffix."""
    if not path.is_file():
        fault = "is a folder" if path.is_dir() else "does not exist"
        raise CorpusError(f"the table {path} {fault}: name a CSV or Parquet file")
    suffix = path.suffix.lower()
    if suffix not in (*_PARQUET_SUFFIXES, *_TEXT_SUFFIXES):
        known = ", ".join((*_TEXT_SUFFIXES, *_PARQUET_SUFFIXES))
        raise CorpusError(f"{path} has the suffix {suffix!r}, but a table has {known}: convert it")
    return suffix in _PARQUET_SUFFIXES


def _read_csv(path: Path, wanted: Mapping[str, str]) -> Columns:
    columns: Columns = {field: [] for field in wanted}
    with _csv_rows(path) as rows:
        header = next(rows, [])
        _check_columns(path, wanted, header)
        targets = [(columns[field].append, header.index(wanted[field])) for field in wanted]
        for row in rows:
            if len(row) != len(header):
                if not row:
                    continue  # a blank line
                raise _ragged(path, rows.line_num, len(row), len(header))
            for append, index in targets:
                append(row[index].strip())
    return columns


@contextmanager
def _csv_rows(path: Path) -> Iterator[CsvReader]:
    """The rows of a CSV file, whose separator is the most frequent in the header."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first_line = file.readline()
            file.seek(0)
            yield csv.reader(file, delimiter=max(_DELIMITERS, key=first_line.count))
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path} is not UTF-8 ({error}): save the table as UTF-8") from error
    except csv.Error as error:
        raise CorpusError(f"{path} is no CSV table ({error}): save it as CSV again") from error
    except OSError as error:
        raise CorpusError(f"the table {path} cannot be read: {error.strerror}") from error


def _read_parquet(path: Path, wanted: Mapping[str, str]) -> Columns:
    with _parquet_errors(path):
        file = _parquet_file(path)
        _check_columns(path, wanted, file.schema_arrow.names)
        table = file.read(columns=list(set(wanted.values())))
        texts = {
            field: table[column].cast("string").to_pylist() for field, column in wanted.items()
        }
    return {field: [(cell or "").strip() for cell in cells] for field, cells in texts.items()}


def _parquet_file(path: Path) -> Any:
    from pyarrow import parquet

    return parquet.ParquetFile(path)


@contextmanager
def _parquet_errors(path: Path) -> Iterator[None]:
    try:
        import pyarrow as arrow
    except ImportError as error:
        raise MissingDependencyError("pyarrow", "train", "reading Parquet") from error
    try:
        yield
    except (arrow.ArrowException, OSError) as error:
        raise CorpusError(
            f"{path} cannot be read as Parquet ({error}): write the table again, with columns of "
            "text or numbers"
        ) from error


def _check_columns(path: Path, wanted: Mapping[str, str], header: Sequence[str]) -> None:
    doubled = [column for column in wanted.values() if header.count(column) > 1]
    if doubled:
        raise CorpusError(
            f"{path} has several columns {abridged(map(repr, doubled))}: rename or remove all but one"
        )
    lacking = {field: column for field, column in wanted.items() if column not in header}
    if not lacking:
        return
    listed = ", ".join(f"{column!r} (columns.{field})" for field, column in lacking.items())
    near = [difflib.get_close_matches(column, header, n=1) for column in lacking.values()]
    hints = [f" Did you mean {match[0]!r}?" for match in near if match]
    if "speaker" in lacking:
        hints.append(
            " Splits need the speaker: if it is unknown, columns.speaker: null counts every clip as "
            "a speaker of its own, and scores may then be too good."
        )
    raise CorpusError(
        f"{path} has no column {listed}; its columns are "
        f"{', '.join(map(repr, header)) or 'none'}: correct the option columns.{''.join(hints)}"
    )


def _ragged(path: Path, line: int, found: int, expected: int) -> CorpusError:
    return CorpusError(
        f"{path}, line {line}: {found} cells, but the header has {expected} columns: "
        "put cells that contain the separator in quotes"
    )
