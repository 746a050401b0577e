from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.evaluation.conftest import make_clips

from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.runs.predictions_file import write_predictions

__all__ = ["make_clips"]


@pytest.fixture
def root(make_clips: Callable[..., LabelledPredictions], tmp_path: Path) -> Path:
    """The folder of two runs, a strong and a weak one."""
    for seed, (name, skill) in enumerate({"strong": 3.0, "weak": 0.2}.items()):
        folder = tmp_path / "runs" / "x" / name
        folder.mkdir(parents=True)
        clips = make_clips(8, 20, seed=seed, skill=skill)
        write_predictions(folder / "predictions.csv", clips)
    return tmp_path / "runs"


def test_tables_verdict_and_files(emotion: Command, root: Path, tmp_path: Path) -> None:
    output = tmp_path / "comparison"
    ended = emotion("compare", "weak", "strong", "--runs", root, "-o", output)
    assert (ended.code, ended.error) == (0, "")
    assert "strong is significantly better than weak" in ended.out
    assert {path.name for path in output.iterdir()} == {
        "changed_clips.csv",
        "comparison.csv",
        "comparison.html",
        "comparison.json",
        "comparison.md",
    }


def test_json_alone_is_on_standard_output(emotion: Command, root: Path) -> None:
    content = json.loads(
        emotion("compare", root / "x/weak", "strong", "--runs", root, "--json").out
    )
    assert [score["name"] for score in content["scores"]] == ["weak", "strong"]


@pytest.mark.parametrize(("runs", "code"), [("strong weak", 3), ("weak strong", 0)])
def test_the_gate_ends_with_its_code(emotion: Command, root: Path, runs: str, code: int) -> None:
    assert emotion("compare", *runs.split(), "--runs", root, "--gate").code == code


def test_a_missing_run_ends_with_a_message(emotion: Command, root: Path) -> None:
    ended = emotion("compare", "strong", "other", "--runs", root)
    assert ended.code == 2
    assert "error: no run other" in ended.error
    ended = emotion("compare", "strong", "--runs", root)
    assert (ended.code, "at least two runs" in ended.error) == (2, True)
