"""Predictions whose file commit 839fff1 began: the same model still gives them.

They are not continued, because recordings of several windows have another rule since.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.compatibility.conftest import Emotion, assert_holds, read_rows

COMMAND = ("predict", "corpus/04m_*.wav", "--model", "runs/toy/tiny-fold1", "--no-activity")


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_rows_of_an_earlier_rule_are_not_continued(name: str, emotion: Emotion) -> None:
    file = Path("rows_interrupted", name)
    begun = file.read_bytes()
    refused = emotion(*COMMAND, "-o", file, "--resume")
    assert refused.code == 2
    message = " ".join(refused.error.split())
    assert "by another rule" in message and "Name another file" in message
    assert file.read_bytes() == begun
    new = Path(name).with_stem("new")
    assert emotion(*COMMAND, "-o", new).code == 0
    assert_holds(read_rows(new), read_rows(Path("rows", name)), tolerance=1e-4)
