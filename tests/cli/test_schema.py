"""`emotion schema`: real outputs are valid, and invalid ones are found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from tests.cli.conftest import SAMPLE_RATE, Command, voice
from tests.inference.test_events import EVENTS

from emotion_classifier.audio.io import write_wav
from emotion_classifier.inference.events import to_json_line


def validator(emotion: Command, name: str) -> Draft202012Validator:
    """Validator of the schema that the command prints."""
    ended = emotion("schema", name)
    assert ended.code == 0, ended.error
    schema = json.loads(ended.out)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    path = tmp_path / "stereo.wav"
    write_wav(path, np.concatenate([voice(6.5), voice(6.5, seed=1)]), SAMPLE_RATE)
    return path


def test_rows_of_predict_are_valid(
    emotion: Command, stereo: Path, untrained_model: Path, tmp_path: Path
) -> None:
    schema = validator(emotion, "prediction")
    silent, output = tmp_path / "silent.wav", tmp_path / "rows.jsonl"
    write_wav(silent, np.zeros((1, SAMPLE_RATE), np.float32), SAMPLE_RATE)
    command = ("predict", stereo, silent, "--model", untrained_model)
    assert emotion(*command, "--output", output).code == 2
    rows = lines(output)
    more = emotion("predict", stereo, "--model", untrained_model, "--no-activity", "--format=json")
    rows += json.loads(more.out)
    assert len(rows) == 3
    for row in rows:
        schema.validate(row)
    assert not schema.is_valid(rows[0] | {"confidence": "high"})
    assert not schema.is_valid(rows[0] | {"unknown": 1})


def test_events_of_listen_are_valid(
    emotion: Command, stereo: Path, untrained_model: Path, tmp_path: Path
) -> None:
    schema = validator(emotion, "event")
    output = tmp_path / "events.jsonl"
    command = ("listen", "--model", untrained_model, "--input", stereo, "--speed", "max")
    assert emotion(*command, "--words", "none", "--output", output).code == 0
    events = lines(output)
    assert {event["event"] for event in events} >= {"device", "window", "segment", "summary"}
    for event in events:
        schema.validate(event)


@pytest.mark.parametrize("channels", ["mix", "split"])
def test_lines_of_timeline_are_valid(
    emotion: Command, stereo: Path, untrained_model: Path, tmp_path: Path, channels: str
) -> None:
    command = ("timeline", stereo, "--model", untrained_model, "--channels", channels)
    assert emotion(*command, "--format", "jsonl", "--output", tmp_path).code == 0
    events = lines(tmp_path / "stereo.jsonl")
    validator(emotion, "timeline").validate(events)
    schema = validator(emotion, "event")
    for event in events:
        schema.validate(event)
    assert (events[-1]["event"] == "conversation") is (channels == "split")


def test_every_kind_of_event_is_valid_only_with_all_its_keys(emotion: Command) -> None:
    schema = validator(emotion, "event")
    for event in EVENTS:
        entries = json.loads(to_json_line(event))
        schema.validate(entries)
        for key in entries:
            assert not schema.is_valid({name: entries[name] for name in entries if name != key})
        assert not schema.is_valid(entries | {"unknown": 1})


def test_a_report_is_valid(
    emotion: Command, model_folder: Path, folders_corpus: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.yml"
    corpus = f"{{kind: folders, path: '{folders_corpus}', speaker_pattern: '([a-z])_'}}"
    settings.write_text(f"corpora:\n  - {corpus}\n")
    ended = emotion("evaluate", model_folder, settings, "--part", "all", "-o", tmp_path / "scores")
    assert ended.code == 0, ended.error
    report = json.loads((tmp_path / "scores" / "report.json").read_text("utf-8"))
    schema = validator(emotion, "report")
    schema.validate(report)
    later = {
        "probabilities",
        "temperature",
        "corpus_temperatures",
        "risk_curve",
        "group_differences",
        "provenance",
        "robustness",
        "folds",
    }
    for key in report.keys() - {"format", "origin", "kept_epoch"} - later:
        assert not schema.is_valid({name: report[name] for name in report if name != key})


def test_an_unknown_schema_is_an_error(emotion: Command) -> None:
    assert emotion("schema", "nothing").code == 2
