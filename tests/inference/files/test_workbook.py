"""Workbooks, read back from their XML."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import AudioError, StorageError
from emotion_classifier.inference.files import workbook
from emotion_classifier.inference.files.formats import ROW_FORMATS, CsvOptions
from emotion_classifier.inference.files.result import FilePrediction, prediction_layout

pytest.importorskip("xlsxwriter", reason="needs XlsxWriter: pip install 'emotion_classifier[xlsx]'")

LAYOUT = prediction_layout(LabelSet(("happy", "sad")))
FORMULA = '=HYPERLINK("http://x","y").wav'
ROWS = [
    FilePrediction(FORMULA, "sad", "sad", 0.7, {"happy": 0.3, "sad": 0.7}, duration_seconds=2.0),
    FilePrediction.of_result(
        Path("caf\udce9\x1b.wav"), AudioError(None, "missing", "no such file")
    ),
]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(content: bytes) -> list[list[str | float | None]]:
    """Rows of the first sheet: text, numbers; a formula fails."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    texts = ["".join(item.itertext()) for item in shared]
    rows: list[list[str | float | None]] = []
    for row in sheet.iter(f"{MAIN}row"):
        rows.append([])
        for cell in row:
            assert cell.find(f"{MAIN}f") is None
            value = cell.findtext(f"{MAIN}v")
            assert value is not None
            rows[-1].append(texts[int(value)] if cell.get("t") == "s" else float(value))
    return rows


def written(rows: list[FilePrediction]) -> bytes:
    stream = io.TextIOWrapper(io.BytesIO())
    writer = ROW_FORMATS["xlsx"].writer(stream, LAYOUT, CsvOptions())
    for row in rows:
        writer.write(row)
    writer.close()
    stream.seek(0)
    return stream.buffer.read()


def test_text_is_text_and_numbers_are_numbers() -> None:
    head, first, second = cells(written(ROWS))
    assert head == LAYOUT.names
    assert first == [FORMULA, "sad", "sad", 0.7, 2.0, 0.3, 0.7]
    assert second == ["caf\\udce9_x001B_.wav", "missing", "no such file"]


def test_a_workbook_without_rows_has_a_head() -> None:
    assert cells(written([])) == [LAYOUT.names]


def test_a_full_sheet_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_MOST_ROWS", 2)
    with pytest.raises(StorageError, match=r"at most 2 rows.*use csv"):
        written(ROWS)
