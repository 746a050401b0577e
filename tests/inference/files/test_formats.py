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
from emotion_classifier.errors import AudioError, ConfigError
from emotion_classifier.inference.files.formats import PREDICTION_FORMATS, format_name
from emotion_classifier.inference.files.result import FilePrediction, json_schema

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


def text_of(name: str, rows: list[FilePrediction]) -> str:
    form = PREDICTION_FORMATS[name]
    return (
        form.head(LABELS) + form.separator.join(form.row(row, LABELS) for row in rows) + form.tail
    )


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
        "shares": None,
        "duration_seconds": 2.5,
        "speech_share": 0.75,
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


@pytest.mark.parametrize("name", PREDICTION_FORMATS)
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


def test_the_suffix_of_the_output_names_the_format() -> None:
    outputs = {"x.csv": "csv", "x.JSONL": "jsonl", "x.json": "json", "x.txt": "table", "x": "table"}
    for output, expected in outputs.items():
        assert format_name(None, Path(output)) == expected
    assert format_name("json", Path("x.csv")) == "json"
    assert format_name(None, None) == "table"
    with pytest.raises(ConfigError, match=r"unknown format .jsnol.: use table, json, .*jsonl"):
        format_name("jsnol", None)
