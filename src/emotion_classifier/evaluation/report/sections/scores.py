"""Sections on all clips together: beside the baselines, and each emotion."""

from __future__ import annotations

import numpy as np

from emotion_classifier.evaluation.baselines import DURATION_ONLY, MAJORITY
from emotion_classifier.evaluation.report import tables
from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.rendering import plots
from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.page import Picture, Section


def baseline_section(report: Report) -> Section:
    """The model's scores above those of the baselines."""
    scores = (report.overall, *(baseline.score for baseline in report.baselines))
    rows = [score for score in scores if not np.isnan(score["uar"].value)]
    intervals = [row["uar"].interval for row in rows]
    figure = plots.estimate_plot(
        [row.name for row in rows],
        np.array([row["uar"].value for row in rows]),
        np.array([interval.low if interval else np.nan for interval in intervals]),
        np.array([interval.high if interval else np.nan for interval in intervals]),
        measure="UAR",
        strong=frozenset({0}),
    )
    description = "UAR of this model and of the baselines"
    picture = Picture(to_svg(figure, description), "UAR with its 95% interval.")
    introduction = (
        "Unweighted average recall (UAR) is the mean recall of the emotions; the chance level is one "
        f"over the number of emotions. {tables.interval_note(report.overall)}"
    )
    missing = {MAJORITY, DURATION_ONLY} - {row.name for row in rows}
    if missing:
        names = " and ".join(sorted(missing))
        introduction += f" Without the training clips there is no row for {names}."
    table = tables.baseline_table([report.overall], report.baselines)
    return Section("Model and baselines", introduction, [picture, table])


def emotion_section(report: Report) -> Section:
    """Each emotion, the confusion matrix and the most frequent confusions."""
    caption = (
        "Each row is a true emotion: the share of its clips predicted as each emotion, and their "
        "number."
    )
    figure = plots.confusion_plot(report.confusion, report.labels)
    picture = Picture(to_svg(figure, "Confusion matrix"), caption, wide=True)
    introduction = (
        "Recall: the share of an emotion's clips that are predicted as it. Precision: the share of "
        "the clips predicted as an emotion that have it."
    )
    confused = tables.confused_table(report.confused)
    table = tables.emotion_table(report.emotions)
    return Section("Emotions", introduction, [table, picture, confused])
