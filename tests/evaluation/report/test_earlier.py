from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.baselines import trivial_baselines
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.earlier import read_earlier
from emotion_classifier.evaluation.report.provenance import CorpusFacts, Provenance
from emotion_classifier.evaluation.report.report import make_report, to_json


def test_a_written_report_is_read(
    make_clips: Callable[..., LabelledPredictions], tmp_path: Path
) -> None:
    clips = make_clips()
    provenance = Provenance(corpora=(CorpusFacts(name="toy", sha256="ab"),), selection="the last")
    report = make_report(
        clips,
        title="A run",
        trivial=trivial_baselines(clips, ["sad", "happy"], np.array([1.0, 2.0])),
        provenance=provenance,
    )
    file = tmp_path / "report.json"
    assert read_earlier(file) is None
    file.write_text(to_json(report))
    found = read_earlier(file)
    assert found is not None
    assert found.provenance == provenance
    assert found.baselines[1:] == report.baselines[1:]
    assert found.baselines_by_corpus["toy"][1:] == report.corpora[0].baselines[1:]
    assert math.isnan(found.baselines[0].score["macro_f1"].value)


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"format": 2, "title": "newer"})])
def test_a_damaged_or_newer_report_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(EvaluationError, match=r"report\.json"):
        read_earlier(tmp_path / "report.json")
