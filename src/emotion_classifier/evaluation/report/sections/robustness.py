"""The section on changed clips, where a stress test lies in the folder of the run."""

from __future__ import annotations

from emotion_classifier.evaluation.report import tables
from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.evaluation.report.robustness import Robustness
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.rendering.page import Section
from emotion_classifier.rendering.tables import Table


def robustness_sections(report: Report) -> list[Section]:
    """Each condition of the stress test; none where it was not made."""
    found = report.robustness
    if found is None:
        return []
    introduction = (
        f"{found.clips:,} clips by {found.speakers:,} speakers, changed. UAR of the unchanged clips: "
        f"{_with_interval(found.clean_uar)}."
    )
    return [Section("Robustness", introduction, [condition_table(found)])]


def condition_table(found: Robustness) -> Table:
    """UAR, its change and the share of unchanged predictions in each condition."""
    rows = [
        (
            f"{one.group}: {one.name}",
            tables.percent(one.model.uar.value),
            tables.change_text(one.model.change),
            _with_interval(one.model.unchanged),
        )
        for one in found.conditions
    ]
    note = (
        "95% intervals by speaker in brackets; changes in percentage points, paired by speaker. A model "
        "that ignores the audio has no change either: read it beside the UAR."
    )
    columns = ("condition", "UAR", "change of UAR", "unchanged predictions")
    return Table("Changed clips", columns, rows, notes=[note])


def _with_interval(estimate: Estimate) -> str:
    bounds, value = tables.interval_text(estimate), tables.percent(estimate.value)
    return value if bounds == tables.DASH else f"{value} ({bounds})"
