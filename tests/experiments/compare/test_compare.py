from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.experiments.compare.compare import candidate_is_worse, compare_runs, write
from emotion_classifier.experiments.compare.runs import ComparedRun

Make = Callable[..., LabelledPredictions]


def _runs(*predictions: LabelledPredictions) -> list[ComparedRun]:
    return [ComparedRun(name, one) for name, one in zip("abc", predictions, strict=False)]


def test_left_out_clips_are_reported(make_clips: Make, tmp_path: Path) -> None:
    clips = make_clips(8, 20)
    report = compare_runs(_runs(clips, make_clips(8, 20, seed=1).select(np.arange(150))))
    assert report.warnings == (
        "10 clips of a are left out, because another run does not have them.",
    )
    write(report, tmp_path / "new" / "folder")
    content = json.loads((tmp_path / "new" / "folder" / "comparison.json").read_text("utf-8"))
    assert content["left_out"] == {"a": 10, "b": 0}
    assert {"date", "command"} <= content["origin"].keys()


def test_the_gate_reports_a_worse_last_run_only(make_clips: Make) -> None:
    weak, strong = make_clips(8, 20, skill=0.2), make_clips(8, 20, seed=1, skill=3.0)
    assert candidate_is_worse(compare_runs(_runs(strong, weak)))
    assert not candidate_is_worse(compare_runs(_runs(weak, strong)))
    assert candidate_is_worse(compare_runs(_runs(strong, strong, weak)))
    assert not candidate_is_worse(compare_runs(_runs(strong, weak, strong)))


def test_the_gate_refuses_too_few_speakers(make_clips: Make) -> None:
    report = compare_runs(_runs(make_clips(4, 20, skill=3.0), make_clips(4, 20, skill=0.1)))
    assert any("No difference can be significant" in one for one in report.warnings)
    with pytest.raises(EvaluationError, match="the gate would pass every model"):
        candidate_is_worse(report)
