"""Rows as text, read back."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.files.formats import (
    ROW_FORMATS,
    CsvOptions,
    TextFormat,
    to_csv,
)
from emotion_classifier.inference.files.result import (
    FilePrediction,
    json_schema,
    prediction_layout,
)

LABELS = LabelSet(("happy", "sad", "angry", "calm"))
NASTY = 'a "b",\n\x1b[31mc.wav'


def prediction(**options: Any) -> Prediction:
    probabilities = np.array([0.2, 0.7, 0.06, 0.04], np.float32)
    return Prediction(LABELS, probabilities, 2.5, **options)


SILENCE = Prediction(LABELS, np.full(4, 0.25, np.float32), 60.0, speech_share=0.0, has_speech=False)
ROWS = [
    FilePrediction.of_result(Path("clip.wav"), prediction(speech_share=0.75)),
    FilePrediction.of_result(Path(NASTY), prediction(uncertain_below=0.8)),
    FilePrediction.of_result(Path("quiet.wav"), SILENCE),
    FilePrediction.of_result(
        Path("x.wav"), AudioError(Path("x.wav"), "truncated", "the file is cut, off")
    ),
]


LAYOUT = prediction_layout(LABELS)
TEXT_FORMATS = {name: one for name, one in ROW_FORMATS.items() if isinstance(one, TextFormat)}


def text_of(
    name: str, rows: list[FilePrediction], *, bom: bool = False, safe_cells: bool = False
) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="surrogateescape", newline="")
    writer = TEXT_FORMATS[name].writer(stream, LAYOUT, CsvOptions(bom, safe_cells))
    for row in rows:
        writer.write(row)
    writer.close()
    stream.seek(0)
    return stream.read()


def test_answers_are_distinguished() -> None:
    assert [row.answer for row in ROWS] == ["sad", "uncertain", "no speech", None]
    assert [row.emotion for row in ROWS] == ["sad", "sad", None, None]
    assert [row.failed for row in ROWS] == [False, False, False, True]


def test_json_and_json_lines_have_the_same_records() -> None:
    records = json.loads(text_of("json", ROWS))
    assert records == [json.loads(line) for line in text_of("jsonl", ROWS).splitlines()]
    assert records[0] == {
        "file": "clip.wav",
        "answer": "sad",
        "emotion": "sad",
        "confidence": 0.7,
        "probabilities": {"happy": 0.2, "sad": 0.7, "angry": 0.06, "calm": 0.04},
        "duration_seconds": 2.5,
        "speech_share": 0.75,
        "shares": None,
        "warning": None,
    }
    assert records[1]["file"] == NASTY
    assert records[2]["probabilities"] is None
    assert records[3] == {"file": "x.wav", "code": "truncated", "error": "the file is cut, off"}
    assert json.loads(text_of("json", [])) == []


def test_csv_has_a_column_for_each_value() -> None:
    rows = list(csv.DictReader(io.StringIO(text_of("csv", ROWS), newline="")))
    assert [row["file"] for row in rows] == [row.file for row in ROWS]
    assert (rows[0]["answer"], rows[0]["confidence"], rows[0]["p_sad"]) == (
        "sad",
        "0.700000",
        "0.700000",
    )
    assert (rows[0]["duration_seconds"], rows[0]["speech_share"]) == ("2.500", "0.750")
    assert rows[2]["p_sad"] == rows[2]["emotion"] == rows[2]["error"] == ""
    assert (rows[3]["code"], rows[3]["error"]) == ("truncated", "the file is cut, off")


def test_the_table_has_a_line_for_each_row_and_steers_no_terminal() -> None:
    head, *lines = text_of("table", ROWS).splitlines()
    assert head.split() == ["answer", "seconds", "3", "most", "probable", "file"]
    assert lines[0].split(maxsplit=2)[:2] == ["sad", "2.50"]
    assert "sad 0.70, happy 0.20, angry 0.06" in lines[0]
    assert "\x1b" not in lines[1]
    assert lines[2].startswith("no speech")
    assert lines[3].startswith("failed") and "truncated: the file is cut, off" in lines[3]
    assert len(lines) == len(ROWS)


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_a_name_that_is_no_text_is_written(name: str) -> None:
    row = FilePrediction.of_result(Path("caf\udce9.wav"), SILENCE)
    assert text_of(name, [row]).encode("utf-8", "surrogateescape")


def test_every_json_record_fits_the_schema() -> None:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for row in ROWS:
        validator.validate(row.as_dict())
        for field in row.as_dict():
            assert not validator.is_valid({k: v for k, v in row.as_dict().items() if k != field})
    assert not validator.is_valid({**ROWS[0].as_dict(), "error": "none"})


def test_a_carriage_return_is_quoted_in_csv() -> None:
    rows = list(csv.reader(io.StringIO(text_of("csv", [FilePrediction("a\rb.wav")]), newline="")))
    assert [row[0] for row in rows] == ["file", "a\rb.wav"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'=", "''@"])
def test_a_safe_cell_is_no_formula_and_is_read_back(start: str) -> None:
    row = FilePrediction(f"{start}1+cmd|'/C calc'!A0.wav")
    text = text_of("csv", [row], safe_cells=True).split("\n", 1)[1]
    cell = next(csv.reader(io.StringIO(text, newline="")))[0]
    assert cell == f"'{row.file}"
    parse = TEXT_FORMATS["csv"].parse
    assert parse is not None
    parsed = parse(text, 1, LAYOUT, CsvOptions(safe_cells=True))
    assert parsed is not None and parsed["file"] == row.file
    assert to_csv(LAYOUT, [row], CsvOptions()).count("'" + row.file) == 0


def test_numbers_and_ordinary_text_are_no_formulas() -> None:
    assert text_of("csv", ROWS, safe_cells=True) == text_of("csv", ROWS)


def test_csv_for_excel_begins_with_a_byte_order_mark() -> None:
    assert text_of("csv", ROWS, bom=True) == "\ufeff" + text_of("csv", ROWS)
