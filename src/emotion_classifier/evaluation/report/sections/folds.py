"""The section on the folds of a cross-validation."""

from __future__ import annotations

import numpy as np

from emotion_classifier.evaluation.fold_scores import FoldScores
from emotion_classifier.evaluation.report.fold_tables import fold_emotion_table, fold_table
from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.rendering import plots
from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.page import Picture, Section
from emotion_classifier.rendering.tables import Table


def fold_sections(report: Report) -> list[Section]:
    """Each fold, their mean and deviation; none of a single run."""
    if report.folds is None:
        return []
    introduction = "Each fold is a model of its own, scored on speakers that it was not trained on."
    blocks: list[Picture | Table] = [fold_picture(report.folds), *fold_tables(report)]
    return [Section("Folds", introduction, blocks)]


def fold_tables(report: Report) -> list[Table]:
    """Each fold, and each emotion over the folds; none of a single run."""
    if report.folds is None:
        return []
    return [
        fold_table(report.folds, report.overall),
        fold_emotion_table(report.emotions, report.folds),
    ]


def fold_picture(folds: FoldScores) -> Picture:
    """The UAR of each fold with its interval."""
    estimates = [one["uar"] for one in folds.scores]
    bounds = [one.interval for one in estimates]
    figure = plots.estimate_plot(
        [one.name for one in folds.scores],
        np.array([one.value for one in estimates]),
        np.array([one.low if one else np.nan for one in bounds]),
        np.array([one.high if one else np.nan for one in bounds]),
        measure="UAR",
        strong=frozenset(range(len(estimates))),
    )
    caption = "UAR of each fold with its 95% interval by speaker; none for a fold of one speaker."
    return Picture(to_svg(figure, "UAR of each fold"), caption)
