from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.report import make_report
from emotion_classifier.evaluation.report.robustness import STRESS_FILE, read_robustness
from emotion_classifier.evaluation.report.sections.limits import limits
from emotion_classifier.evaluation.report.sections.robustness import robustness_sections
from emotion_classifier.rendering.tables import Table


def value(number: float | None, *bounds: float) -> dict[str, Any]:
    interval = dict(zip(("low", "high"), bounds, strict=True)) if bounds else None
    return {"value": number, "interval": interval}


RESULTS = {
    "format": 1,
    "title": "A stress test",
    "clips": 40,
    "speakers": 4,
    "clean_uar": value(0.5, 0.4, 0.6),
    "conditions": [
        {
            "name": "20 dB",
            "group": "noise",
            "model": {
                "uar": value(0.45),
                "change": value(-0.05, -0.1, 0.01),
                "unchanged": value(0.9, 0.8, 1.0),
            },
            "random": {},
        }
    ],
}


def test_a_stress_test_in_the_folder_of_a_run_has_a_section(
    make_clips: Callable[..., LabelledPredictions], tmp_path: Path
) -> None:
    assert read_robustness(tmp_path) is None
    file = tmp_path / STRESS_FILE
    file.parent.mkdir()
    file.write_text(json.dumps(RESULTS))
    plain = make_report(make_clips(), title="A run")
    assert robustness_sections(plain) == []
    report = dataclasses.replace(plain, robustness=read_robustness(tmp_path))
    (section,) = robustness_sections(report)
    assert "40 clips by 4 speakers" in section.introduction
    assert "50.0% (40.0 to 60.0)" in section.introduction
    (table,) = section.blocks
    assert isinstance(table, Table)
    (row,) = table.rows
    assert row == ("noise: 20 dB", "45.0%", "-5.0 (-10.0 to +1.0)", "90.0% (80.0 to 100.0)")
    assert "emotion stress" in "".join(limits(plain))
    assert "emotion stress" not in "".join(limits(report))


def test_a_damaged_stress_test_is_refused(tmp_path: Path) -> None:
    file = tmp_path / STRESS_FILE
    file.parent.mkdir()
    file.write_text(json.dumps({**RESULTS, "clips": "many"}))
    with pytest.raises(EvaluationError, match=r"stress\.json"):
        read_robustness(tmp_path)
