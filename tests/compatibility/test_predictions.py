"""Predictions whose file commit 839fff1 began are continued."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.compatibility.conftest import Emotion, assert_holds, read_rows

COMMAND = ("predict", "corpus/04m_*.wav", "--model", "runs/toy/tiny-fold1", "--no-activity")


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_an_interrupted_file_of_predictions_is_continued(name: str, emotion: Emotion) -> None:
    file = Path("rows_interrupted", name)
    begun = file.read_text("utf-8").splitlines()
    ended = emotion(*COMMAND, "-o", file, "--resume")
    assert ended.code == 0, ended.error
    assert file.read_text("utf-8").splitlines()[: len(begun) - 1] == begun[:-1]
    assert_holds(read_rows(file), read_rows(Path("rows", name)), tolerance=1e-4)


def test_another_setting_is_refused_with_the_remedy(emotion: Emotion) -> None:
    ended = emotion(*COMMAND, "-o", "rows_interrupted/rows.csv", "--resume", "--hop-seconds", 2)
    assert ended.code == 2
    message = " ".join(ended.error.split())
    assert "hop_seconds" in message and "Name another file" in message
