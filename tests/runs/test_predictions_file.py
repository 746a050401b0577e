"""``predictions.csv`` gives back what was written, and refuses what it did not write."""

from __future__ import annotations

import csv
import dataclasses
import errno
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.errors import EvaluationError, LabelError, RunError, StorageError
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.runs.checksums import CHECKSUMS
from emotion_classifier.runs.predictions_file import read_predictions, write_predictions

Make = Callable[..., LabelledPredictions]


def _same(first: LabelledPredictions, second: LabelledPredictions) -> None:
    for field in dataclasses.fields(LabelledPredictions):
        np.testing.assert_equal(getattr(second, field.name), getattr(first, field.name))


def test_round_trip_is_exact(make_clips: Make, tmp_path: Path) -> None:
    clips = make_clips()
    write_predictions(tmp_path / "predictions.csv", clips)
    _same(clips, read_predictions(tmp_path / "predictions.csv"))


def test_votes_come_back_with_their_gaps(make_clips: Make, tmp_path: Path) -> None:
    clips = make_clips(votes=9)
    assert clips.perceived is not None
    clips.perceived[[0, 5]] = np.nan
    write_predictions(tmp_path / "predictions.csv", clips)
    found = read_predictions(tmp_path / "predictions.csv")
    _same(clips, found)
    assert (~found.has_votes).nonzero()[0].tolist() == [0, 5]
    with (tmp_path / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[-4:] == [f"perceived_{name}" for name in clips.labels]
    assert rows[0]["perceived_sad"] == "" and float(rows[1]["perceived_sad"]) >= 0


def test_votes_that_do_not_fit_the_emotions_are_refused(make_clips: Make, tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    write_predictions(path, make_clips(1, 4, votes=9))
    path.with_name(CHECKSUMS).unlink()
    path.write_text(path.read_text().replace('"perceived_sad"', '"perceived_bored"'))
    with pytest.raises(EvaluationError, match="where there are votes perceived_<emotion> for each"):
        read_predictions(path)


def test_an_emotion_may_be_called_like_a_column(make_clips: Make, tmp_path: Path) -> None:
    clips = make_clips(names=("perceived_p_", "p_", "p_perceived_", "id"), votes=3)
    write_predictions(tmp_path / "predictions.csv", clips)
    _same(clips, read_predictions(tmp_path / "predictions.csv"))


def test_a_table_without_clips_is_read_back(make_clips: Make, tmp_path: Path) -> None:
    none = make_clips().select(np.array([], dtype=np.int64))
    write_predictions(tmp_path / "predictions.csv", none)
    _same(none, read_predictions(tmp_path / "predictions.csv"))


@given(text=st.text(min_size=1), undecodable=st.binary(max_size=4))
def test_any_name_survives(make_clips: Make, text: str, undecodable: bytes) -> None:
    name = text.encode("utf-8", "replace").decode() + undecodable.decode("utf-8", "surrogateescape")
    clips = dataclasses.replace(make_clips(1, 2), files=(name, "b"), speakers=(name, name))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.csv"
        write_predictions(path, clips)
        _same(clips, read_predictions(path))


def test_columns_name_true_and_predicted_emotions(make_clips: Make, tmp_path: Path) -> None:
    clips = make_clips()
    write_predictions(tmp_path / "predictions.csv", clips)
    with (tmp_path / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "id", "file", "corpus", "speaker", "sex", "intensity", "duration_seconds", "true",
        "predicted", "correct", "confidence", "p_neutral", "p_happy", "p_sad", "p_angry",
    ]  # fmt: skip
    assert [row["true"] for row in rows[:4]] == list(clips.labels)
    assert sum(int(row["correct"]) for row in rows) == clips.correct.sum()
    assert {row["intensity"] for row in rows} == {""}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as predictions"),
        ("a,b\n1,2\n", "is not a table of predictions: its columns must be id, file"),
        ("\x00\x01\n", "predictions"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text(content)
    with pytest.raises(EvaluationError, match=message):
        read_predictions(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"none\.csv cannot be read"):
        read_predictions(tmp_path / "none.csv")


def test_damaged_rows_are_refused(make_clips: Make, tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    write_predictions(path, make_clips(1, 4))
    whole = path.read_text()
    path.write_text("".join(whole.splitlines(keepends=True)[:-1]))
    with pytest.raises(RunError, match="is damaged or was changed"):
        read_predictions(path)
    path.with_name(CHECKSUMS).unlink()
    path.write_text(whole[: whole.rindex(",")] + "\n")
    with pytest.raises(EvaluationError, match="row 5 has 14 cells, not 15"):
        read_predictions(path)
    path.write_text(whole[: whole.rindex(",")] + ",half\n")
    with pytest.raises(EvaluationError, match="a number is damaged"):
        read_predictions(path)
    path.write_text(whole.replace('"angry"', '"hungry"'))
    with pytest.raises(LabelError, match="'hungry' is not one of"):
        read_predictions(path)


def test_a_full_disk_is_an_error_with_the_remedy(make_clips: Make) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    with pytest.raises(StorageError, match="Free some space") as caught:
        write_predictions(full, make_clips())
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.ENOSPC


def test_attributes_of_speakers_come_back_with_their_gaps(make_clips: Make, tmp_path: Path) -> None:
    clips = make_clips(2, 2, votes=3)
    attributes = {"age": ("34", "34", None, None), "race, or none": (None, None, "a", "a")}
    described = dataclasses.replace(clips, speaker_attributes=attributes)
    write_predictions(tmp_path / "predictions.csv", described)
    _same(described, read_predictions(tmp_path / "predictions.csv"))
