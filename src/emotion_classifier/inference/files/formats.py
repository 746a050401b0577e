"""Formats of result rows: a registry. One more format is one more entry of `ROW_FORMATS`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TextIO, TypeVar

from emotion_classifier.inference.files.row_layout import Cell, RowLayout, flat
from emotion_classifier.storage import csv_line

Row_contra = TypeVar("Row_contra", contravariant=True)

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class CsvOptions:
    """Options of CSV for spreadsheet programs.

    Parameters
    ----------
    bom : begin with a byte order mark, by which Excel recognises UTF-8.
    safe_cells : write an apostrophe before text that a spreadsheet program would take for a formula.
    """

    bom: bool = False
    safe_cells: bool = False


class RowWriter(Protocol[Row_contra]):
    """Writes rows to an open file or a terminal."""

    def write(self, row: Row_contra) -> None:
        """Add a row."""

    def close(self) -> None:
        """Complete the file, so that it is valid with the rows so far; its stream stays open."""


@dataclass(frozen=True)
class TextFormat:
    """Text of rows: ``head``, rows with a separator between them, ``tail``.

    Parameters
    ----------
    row : text of one row.
    head : text before the rows.
    separator, tail : between and behind the rows.
    parse : reads the row with a number from 0 on as column → value, and returns None for the head; raises
        `ValueError`, `KeyError` or `TypeError` for other text. None for a format that cannot be continued.
    quotes_line_breaks : whether a file name with a line break makes a row of several lines.
    """

    row: Callable[[RowLayout[Any], Any, CsvOptions], str]
    head: Callable[[RowLayout[Any], CsvOptions], str] = lambda _layout, _options: ""
    separator: str = ""
    tail: str = ""
    parse: Callable[[str, int, RowLayout[Any], CsvOptions], Mapping[str, Any] | None] | None = None
    quotes_line_breaks: bool = False

    def writer(
        self,
        stream: TextIO,
        layout: RowLayout[Any],
        options: CsvOptions,
        *,
        has_head: bool = False,
    ) -> RowWriter[Any]:
        """A writer that writes each row at once and whole; `has_head` adds to head and rows."""
        return _TextWriter(stream, self, layout, options, has_head=has_head)

    def check(self) -> None:
        """Do nothing: text needs no library."""


class _TextWriter:
    def __init__(
        self,
        stream: TextIO,
        form: TextFormat,
        layout: RowLayout[Any],
        options: CsvOptions,
        *,
        has_head: bool,
    ) -> None:
        self._stream, self._form, self._layout, self._options = stream, form, layout, options
        self._separator = ""
        self._write("" if has_head else form.head(layout, options))

    def write(self, row: Any) -> None:
        self._write(self._separator + self._form.row(self._layout, row, self._options))
        self._separator = self._form.separator

    def close(self) -> None:
        self._write(self._form.tail)

    def _write(self, text: str) -> None:
        # In one call, so that an interruption cannot tear a row.
        self._stream.write(text)
        self._stream.flush()


@dataclass(frozen=True)
class WorkbookFormat:
    """An Excel workbook with a sheet of rows; it is written when the writer is closed."""

    parse: None = None

    def writer(
        self,
        stream: TextIO,
        layout: RowLayout[Any],
        _options: CsvOptions,
        *,
        has_head: bool = False,
    ) -> RowWriter[Any]:
        """A writer of a new workbook; cells are never taken for formulas."""
        from emotion_classifier.inference.files.workbook import WorkbookWriter

        assert not has_head
        return WorkbookWriter(stream.buffer, layout)

    def check(self) -> None:
        """Raise a `MissingDependencyError` where the library is not installed."""
        from emotion_classifier.inference.files.workbook import require_xlsxwriter

        require_xlsxwriter()


def to_csv(layout: RowLayout[Any], rows: Iterable[Any], options: CsvOptions) -> str:
    """A whole table as CSV."""
    lines = (_csv_row(layout, row, options) for row in rows)
    return "".join((_csv_head(layout, options), *lines))


def _csv_head(layout: RowLayout[Any], options: CsvOptions) -> str:
    return ("\ufeff" if options.bom else "") + csv_line(layout.names)


def _csv_row(layout: RowLayout[Any], row: Any, options: CsvOptions) -> str:
    cells = zip(layout.cells(row), layout.columns, strict=True)
    return csv_line(_csv_text(cell, column.decimals, options) for cell, column in cells)


def _csv_text(cell: Cell, decimals: int | None, options: CsvOptions) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if options.safe_cells and _is_formula(cell) else cell
    if cell is None:
        return ""
    return str(cell) if decimals is None else f"{cell:.{decimals}f}"


def _is_formula(text: str) -> bool:
    """Whether a spreadsheet program would take `text` for a formula, before it or after an apostrophe."""
    return text.lstrip("'").startswith(_FORMULA_STARTS)


def _parse_csv(
    text: str, number: int, layout: RowLayout[Any], options: CsvOptions
) -> dict[str, str] | None:
    (values,) = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    if number == 0:
        if values != layout.names:
            raise ValueError(f"its columns are {printable(', '.join(values)[:200])}")
        return None
    if options.safe_cells:
        values = [one[1:] if one[:1] == "'" and _is_formula(one) else one for one in values]
    return dict(zip(layout.names, values, strict=True))


def _json(layout: RowLayout[Any], row: Any, _options: CsvOptions) -> str:
    return json.dumps(layout.record(row))


def _json_line(layout: RowLayout[Any], row: Any, options: CsvOptions) -> str:
    return _json(layout, row, options) + "\n"


def _parse_json(
    text: str, _number: int, layout: RowLayout[Any], _options: CsvOptions
) -> dict[str, Any]:
    values = flat(json.loads(text))
    if unknown := [name for name in values if name not in layout.names]:
        raise ValueError(f"its fields are {printable(', '.join(unknown)[:200])}")
    return values


def printable(text: str) -> str:
    """`text` without characters that would steer a terminal or start a new line."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


ROW_FORMATS: Mapping[str, TextFormat | WorkbookFormat] = {
    "table": TextFormat(
        lambda layout, row, _options: layout.line(row) + "\n",
        lambda layout, _options: layout.head + "\n",
    ),
    "json": TextFormat(_json, lambda *_: "[\n", separator=",\n", tail="\n]\n"),
    "jsonl": TextFormat(_json_line, parse=_parse_json),
    "csv": TextFormat(_csv_row, _csv_head, parse=_parse_csv, quotes_line_breaks=True),
    "xlsx": WorkbookFormat(),
}
"""Formats by name."""
SUFFIXES: Mapping[str, str] = {
    ".txt": "table",
    ".json": "json",
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".xlsx": "xlsx",
}
"""Suffix of a file → format."""
