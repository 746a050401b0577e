"""The section on confidence: calibration and rejection."""

from __future__ import annotations

from emotion_classifier.evaluation.report import tables
from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.rendering import plots
from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.page import Picture, Section


def calibration_section(report: Report) -> Section:
    """Accuracy against confidence, and the effect of rejection."""
    bins = report.calibration
    figure = plots.reliability_plot(
        bins.confidence, bins.accuracy, bins.counts, bins.low, bins.high
    )
    introduction = (
        f"Expected calibration error {tables.percent(bins.error)}: mean distance between confidence "
        f"and accuracy, over {len(bins.counts)} bins."
    )
    caption = (
        "Below the dashed line the model is overconfident. Vertical lines: 95% intervals by speaker, "
        "where a bin has several."
    )
    picture = Picture(to_svg(figure, "Accuracy against confidence"), caption)
    table = tables.rejection_table(report.rejection, report.risk_coverage)
    return Section("Calibration", introduction, [picture, table])
