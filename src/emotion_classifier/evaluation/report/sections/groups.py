"""Sections on speakers and on groups of them."""

from __future__ import annotations

import numpy as np

from emotion_classifier.evaluation.report import tables
from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.rendering import plots
from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.page import Picture, Section


def speaker_section(report: Report) -> Section:
    """The UAR of each speaker, and the lowest."""
    values = np.array([speaker["uar"].value for speaker in report.speakers])
    names = [speaker.name for speaker in report.speakers]
    figure = plots.speaker_plot(
        names, values, overall=report.overall["uar"].value, chance=1 / len(report.labels)
    )
    caption = "UAR of each speaker, over the emotions of the speaker."
    picture = Picture(to_svg(figure, "UAR of each speaker"), caption)
    worst = report.speakers[int(np.nanargmin(values))]
    introduction = (
        f"UAR of a speaker ranges from {tables.percent(worst['uar'].value)} "
        f"({worst.name}, {worst.clips:,} clips) to {tables.percent(float(np.nanmax(values)))}."
    )
    table = tables.lowest_speaker_table(report.speakers)
    return Section("Speakers", introduction, [picture, table])


def group_section(report: Report) -> Section:
    """Scores of the groups of clips, one table for each attribute."""
    blocks, alike = [], []
    for kind, scores in report.groups.items():
        if len(scores) > 1:
            blocks.append(tables.score_table(f"By {kind}", kind, scores))
        else:
            alike.append(f"{kind} ({scores[0].name})")
    introduction = "Groups with few speakers have wide intervals; those of one speaker have none."
    if alike:
        introduction += f" The same for all clips: {', '.join(alike)}."
    if report.group_differences:
        blocks.append(tables.group_difference_table(report.group_differences))
    return Section("Groups", introduction, blocks)
