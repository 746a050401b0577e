"""Excel workbooks; the only module that imports XlsxWriter."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any, BinaryIO

from emotion_classifier.errors import MissingDependencyError, StorageError
from emotion_classifier.inference.files.row_layout import Cell, RowLayout

_MOST_ROWS = 1_048_576
_MOST_LETTERS = 32_767
_WIDTHS = {"file": 40, "error": 60, "words": 60}
_WIDTH = 13
# Written to memory and not to temporary files; text is text, whatever it looks like.
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def require_xlsxwriter() -> None:
    """Check that workbooks can be written, before hours of work for one.

    Raises
    ------
    MissingDependencyError
        XlsxWriter is not installed; the message names the extra.
    """
    try:
        import xlsxwriter  # noqa: F401 - checks only that it is installed
    except ImportError as error:
        raise MissingDependencyError("xlsxwriter", "xlsx", "writing Excel workbooks") from error


class Workbook:
    """A workbook that is built sheet by sheet."""

    def __init__(self) -> None:
        require_xlsxwriter()
        import xlsxwriter

        self._content = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._content, _OPTIONS)
        self._bold = self._book.add_format({"bold": True})

    def add_sheet(self, name: str, layout: RowLayout[Any], rows: Iterable[Any] = ()) -> Sheet:
        """A sheet with the names of the columns, and with `rows`; more can be added."""
        sheet = Sheet(self._book.add_worksheet(name), layout, self._bold)
        for row in rows:
            sheet.add(row)
        return sheet

    def to_bytes(self) -> bytes:
        """The file; no sheet can be changed any more."""
        self._book.close()
        return self._content.getvalue()


class Sheet:
    """Rows of a sheet below the names of the columns."""

    def __init__(self, worksheet: Any, layout: RowLayout[Any], bold: Any) -> None:
        self._worksheet, self._layout = worksheet, layout
        self._rows = 1
        for place, name in enumerate(layout.names):
            worksheet.set_column(place, place, _WIDTHS.get(name, max(_WIDTH, len(name) + 2)))
            worksheet.write_string(0, place, name, bold)
        worksheet.freeze_panes(1, 1)

    def add(self, row: Any) -> None:
        """Add a row.

        Raises
        ------
        StorageError
            The sheet is full.
        """
        if self._rows == _MOST_ROWS:
            raise StorageError(
                f"a sheet of Excel has at most {_MOST_ROWS:,} rows, and there are more: use csv"
            )
        for place, cell in enumerate(self._layout.cells(row)):
            self._write(place, cell)
        self._rows += 1

    def _write(self, place: int, cell: Cell) -> None:
        if isinstance(cell, str):
            # XML has no lone surrogates, which stand for bytes that are no text.
            text = cell.encode("utf-8", "backslashreplace").decode()
            self._worksheet.write_string(self._rows, place, text[:_MOST_LETTERS])
        elif cell is not None:
            self._worksheet.write_number(self._rows, place, cell)


class WorkbookWriter:
    """Writes a workbook of one sheet to `stream` when it is closed.

    Parameters
    ----------
    stream : may be append-only.
    """

    def __init__(self, stream: BinaryIO, layout: RowLayout[Any]) -> None:
        self._stream = stream
        self._book = Workbook()
        self._sheet = self._book.add_sheet("rows", layout)

    def write(self, row: Any) -> None:
        """Add a row."""
        self._sheet.add(row)

    def close(self) -> None:
        """Write the workbook."""
        self._stream.write(self._book.to_bytes())
        self._stream.flush()
