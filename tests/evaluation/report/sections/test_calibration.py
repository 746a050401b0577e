"""The section on probabilities: temperatures, rejection and figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.report.report import make_report
from emotion_classifier.evaluation.report.sections.calibration import (
    calibration_section,
    calibration_tables,
)

Make = Callable[..., LabelledPredictions]


def test_the_scores_before_and_after_the_temperature_are_rows(make_clips: Make) -> None:
    report = make_report(make_clips(), title="A run", temperature=1.5)
    probabilities, _ = calibration_tables(report)
    assert probabilities.columns == ("", "temperature 1", "temperature 1.500")
    assert [row[0] for row in probabilities.rows] == [
        "NLL", "Brier score", "ECE", "ECE, equal mass",
    ]  # fmt: skip
    assert report.temperature is not None
    assert f"{report.temperature.before.nll.value:.3f}" in probabilities.rows[0][1]
    figures = [block for block in calibration_section(report).blocks if hasattr(block, "svg")]
    assert ["before temperature" in figure.svg for figure in figures] == [True, False]


def test_folds_have_temperatures_of_their_own(make_clips: Make) -> None:
    clips = make_clips(2, 12)
    report = make_report(clips, title="Folds", temperature=np.repeat([1.5, 2.0], 12))
    probabilities, _ = calibration_tables(report)
    assert probabilities.columns[2] == "temperature of each fold"


def test_the_temperature_of_each_corpus_is_compared_with_the_single_one(make_clips: Make) -> None:
    clips = concatenate([make_clips(), make_clips(corpus="other")])
    own = np.repeat([1.2, 0.8], 72)
    report = make_report(clips, title="A run", temperature=1.0, corpus_temperature=own)
    _, corpora, _ = calibration_tables(report)
    assert [row[:2] for row in corpora.rows] == [("other", "0.800"), ("toy", "1.200")]
    assert corpora.rows[0][-1] == "72"


def test_reports_of_earlier_versions_have_no_scores_of_probabilities(make_clips: Make) -> None:
    report = replace(make_report(make_clips(), title="A run"), probabilities=None, risk_curve=None)
    assert [table.title for table in calibration_tables(report)] == ["Rejecting uncertain clips"]
    assert len(calibration_section(report).blocks) == 2
