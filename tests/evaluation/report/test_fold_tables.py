from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.evaluation.fold_scores import FoldScores, fold_scores
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.fold_tables import fold_emotion_table, fold_table
from emotion_classifier.evaluation.report.page import to_tables, write_report
from emotion_classifier.evaluation.report.report import Report, make_report
from emotion_classifier.evaluation.report.tables import percent

Make = Callable[..., LabelledPredictions]


@pytest.fixture
def report(make_clips: Make) -> Report:
    """The report of two folds; the second has no clip of the last emotion."""
    clips = make_clips(4, 8)
    first, second = clips.select(np.arange(16)), clips.select(np.arange(16, 32))
    second = second.select(second.true != 3)
    folds = {"fold 1": [first], "fold 2": [second]}
    scores = fold_scores(folds, {"fold 1": ["a"], "fold 2": ["b"]}, np.random.default_rng(0))
    return make_report(clips, title="Folds", folds=scores)


def folds_of(report: Report) -> FoldScores:
    assert report.folds is not None
    return report.folds


def test_the_folds_come_before_their_mean_and_deviation(report: Report) -> None:
    folds = folds_of(report)
    table = fold_table(folds, report.overall)
    assert [row[0] for row in table.rows] == [
        "fold 1", "fold 2", "mean", "standard deviation", "all folds together",
    ]  # fmt: skip
    assert table.rows[2][1] == percent(folds.spread["uar"].mean)
    assert table.rows[3][1] == percent(folds.spread["uar"].deviation)
    assert table.rows[4][1] == percent(report.overall["uar"].value)
    assert table.notes[-1].endswith("fold 2: angry.")


def test_emotions_have_pooled_values_beside_those_over_the_folds(report: Report) -> None:
    table = fold_emotion_table(report.emotions, folds_of(report))
    assert len(table.columns) == len(set(table.columns)) == 7
    neutral, *_, angry = table.rows
    assert neutral[3] == percent(report.emotions[0].recall.value)
    assert " ± " in neutral[4]
    assert "±" not in angry[4]  # defined in one fold
    assert "angry" in table.notes[-1]


def test_tables_of_folds_are_written_with_the_others(report: Report, tmp_path: Path) -> None:
    titles = [table.title for table in to_tables(report)]
    assert {"Each fold", "Emotions over the folds"} <= set(titles)
    write_report(report, tmp_path)
    tables = {path.name for path in (tmp_path / "report_tables").iterdir()}
    names = ("each-fold", "emotions-over-the-folds")
    wanted = {f"folds-{name}.{suffix}" for name in names for suffix in ("csv", "md", "tex")}
    assert wanted <= tables
