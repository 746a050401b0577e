"""The page on a comparison of runs, its tables and its files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emotion_classifier.evaluation.changed_clips import ChangedClips
from emotion_classifier.evaluation.comparison import Difference
from emotion_classifier.evaluation.paired_tests import SIGNIFICANCE
from emotion_classifier.evaluation.report import comparison_tables, tables
from emotion_classifier.evaluation.report.comparison_report import ComparisonReport, to_json
from emotion_classifier.evaluation.report.page import write_text
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.rendering import page, plots
from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.page import Facts, Headline, Page, Picture, Section
from emotion_classifier.rendering.tables import Table, to_csv, to_markdown

SHOWN_CLIPS = 20
_CHANGES = {"corrected": "wrong to correct", "newly_wrong": "correct to wrong"}


def write_comparison(report: ComparisonReport, folder: Path) -> None:
    """Write the page, the tables as Markdown and CSV, and last ``comparison.json``."""
    files = {"comparison.csv": "differences"}
    if report.seeds == 1:
        files["changed_clips.csv"] = "changed clips"
        changed = comparison_tables.all_changed_table(report.differences)
        write_text(folder / "changed_clips.csv", to_csv(changed))
    links = {name: file for file, name in files.items()} | {"numbers": "comparison.json"}
    write_text(folder / "comparison.html", page.to_html(to_page(report, links)))
    write_text(folder / "comparison.md", to_text(report))
    differences = comparison_tables.all_differences_table(report.differences)
    write_text(folder / "comparison.csv", to_csv(differences))
    write_text(folder / "comparison.json", to_json(report))


def to_text(report: ComparisonReport) -> str:
    """The tables as Markdown, with the verdict of each pair first."""
    verdicts = "".join(f"- {verdict(one)}\n" for one in report.differences)
    warnings = "".join(f"- Warning: {one}\n" for one in report.warnings)
    blocks = (f"## {table.title}\n\n{to_markdown(table)}" for table in to_tables(report))
    return "\n".join([f"# {report.title}\n\n{verdicts}{warnings}", *blocks])


def to_tables(report: ComparisonReport, *, emotions: bool = True) -> list[Table]:
    """The main tables, for the terminal and Markdown; with or without those of the emotions."""
    pairs = report.differences if emotions else ()
    return [
        _score_table(report),
        *_difference_tables(report),
        *map(comparison_tables.emotion_difference_table, pairs),
        comparison_tables.efficiency_table(report.efficiency),
    ]


def _score_table(report: ComparisonReport) -> Table:
    notes = [_seeds_note(report)] if report.seeds > 1 else []
    return tables.score_table("Scores", "run", report.scores, notes)


def _seeds_note(report: ComparisonReport) -> str:
    return (
        f"Means over the {report.seeds} seeds of each run. Intervals and tests are about other speakers, "
        "with the same speakers for every seed; the deviation over the seeds is not in them."
    )


def _difference_tables(report: ComparisonReport) -> list[Table]:
    """The differences, and of runs of one seed the clips behind them."""
    differences = comparison_tables.difference_table(report.differences)
    if report.seeds > 1:
        return [differences]
    return [differences, comparison_tables.mcnemar_table(report.differences)]


def verdict(difference: Difference) -> str:
    """A sentence on the UAR of two runs: better, worse, or no significant difference."""
    estimate = difference.estimates["uar"]
    p_value = difference.corrected_p_values["uar"]
    numbers = f"UAR {tables.change_text(estimate)} points, p {tables.p_text(p_value)}"
    if not p_value < SIGNIFICANCE:
        return (
            f"{difference.second} and {difference.first} do not differ significantly ({numbers})."
        )
    relation = "worse" if difference.is_worse else "better"
    return f"{difference.second} is significantly {relation} than {difference.first} ({numbers})."


def to_page(report: ComparisonReport, links: dict[str, str] | None = None) -> Page:
    """The content of the page; `links` are paths of further files, from the folder of the page."""
    first = report.scores[0]
    subtitle = (
        f"{len(report.scores)} runs on the same {first.clips:,} clips by {first.speakers:,} speakers, "
        f"{len(report.labels)} emotions: {', '.join(report.labels)}."
        f"{f' Means over {report.seeds} seeds.' if report.seeds > 1 else ''}"
    )
    sections = [
        _score_section(report),
        _difference_section(report),
        _emotion_section(report),
        *(
            _changed_section(one, one.changed)
            for one in report.differences
            if one.changed is not None
        ),
        Section("Efficiency", "", [comparison_tables.efficiency_table(report.efficiency)]),
        Section("Runs", "", [Facts(report.runs)]),
    ]
    return Page(
        report.title,
        subtitle,
        report.warnings,
        _headlines(report),
        sections,
        report.origin,
        links or {},
    )


def _headlines(report: ComparisonReport) -> list[Headline]:
    return [
        Headline(
            score.name,
            tables.percent(score["uar"].value),
            f"UAR, 95%: {tables.interval_text(score['uar'])}",
        )
        for score in report.scores
    ]


def _score_section(report: ComparisonReport) -> Section:
    names = [score.name for score in report.scores]
    estimates = [score["uar"] for score in report.scores]
    picture = _picture(names, estimates, "UAR", "UAR of the runs", "UAR with its 95% interval.")
    introduction = (
        f"{tables.interval_note(report.scores[0])} Overlapping intervals do not mean that there is no "
        "difference: all runs are scored on the same speakers, and the section below compares them in "
        "pairs."
    )
    return Section("Scores", introduction, [picture, _score_table(report)])


def _difference_section(report: ComparisonReport) -> Section:
    names = [f"{one.second} minus {one.first}" for one in report.differences]
    estimates = [one.estimates["uar"] for one in report.differences]
    caption = "Difference in UAR with its 95% interval, paired by speaker."
    picture = _picture(names, estimates, "difference in UAR", "Differences in UAR", caption)
    introduction = (
        f"{' '.join(map(verdict, report.differences))} With {report.scores[0].speakers:,} speakers "
        f"the test by speaker can reach p {tables.p_text(report.smallest_p_value)} at best."
    )
    return Section("Differences", introduction, [picture, *_difference_tables(report)])


def _picture(
    names: list[str], estimates: list[Estimate], measure: str, description: str, caption: str
) -> Picture:
    bounds = [one.interval for one in estimates]
    figure = plots.estimate_plot(
        names,
        np.array([one.value for one in estimates]),
        np.array([one.low if one else np.nan for one in bounds]),
        np.array([one.high if one else np.nan for one in bounds]),
        measure=measure,
        strong=frozenset(range(len(names))),
    )
    return Picture(to_svg(figure, description), caption)


def _emotion_section(report: ComparisonReport) -> Section:
    blocks = [*map(comparison_tables.emotion_difference_table, report.differences)]
    return Section("Emotions", "Differences in percentage points, with 95% interval.", blocks)


def _changed_section(one: Difference, changed: ChangedClips) -> Section:
    blocks = [
        comparison_tables.changed_table(
            _CHANGES[change], clips, (one.first, one.second), SHOWN_CLIPS
        )
        for change, clips in vars(changed).items()
        if clips
    ]
    introduction = (
        f"{len(changed.corrected):,} clips from wrong to correct, "
        f"{len(changed.newly_wrong):,} from correct to wrong."
    )
    return Section(f"{one.second} minus {one.first}: changed clips", introduction, blocks)
