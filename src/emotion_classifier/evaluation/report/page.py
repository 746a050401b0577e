"""A report as one self-contained HTML page, and as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.report import tables
from emotion_classifier.evaluation.report.markdown import report_markdown
from emotion_classifier.evaluation.report.report import Report, to_json
from emotion_classifier.evaluation.report.sections import (
    calibration,
    corpora,
    executive,
    folds,
    groups,
    limits,
    provenance,
    robustness,
    scores,
    training,
)
from emotion_classifier.evaluation.scores import Score
from emotion_classifier.rendering import page
from emotion_classifier.rendering.page import Headline, Page
from emotion_classifier.rendering.tables import Table, to_csv, to_latex, to_markdown
from emotion_classifier.storage import write_atomically

TABLES = "report_tables"
LINKS = {
    "settings": "config.yml",
    "model": "model/model.yaml",
    "misclassified clips": "misclassified/index.html",
    "predictions": "predictions.csv",
    "epochs": "history.csv",
    "confusions by epoch": "confusion.gif",
    "files left out": "left_out.csv",
    "stress test": "stress/report.html",
    "comparison": "comparison/comparison.html",
}
"""Name → file of a run that the report links to where it exists."""


def write_report(report: Report, folder: Path) -> None:
    """Write the report into a folder that exists: its page, tables and text, and last ``report.json``."""
    links = {name: path for name, path in LINKS.items() if (folder / path).is_file()}
    content = to_page(report, links, TABLES)
    write_page(content, folder)
    write_text(folder / "report.md", report_markdown(report, content))
    write_text(folder / "report.json", to_json(report))


def write_page(content: Page, folder: Path) -> None:
    """Write ``report.html``, and its tables as CSV, Markdown and LaTeX in ``report_tables``."""
    write_text(folder / "report.html", page.to_html(content))
    (folder / TABLES).mkdir(exist_ok=True)
    for name, table in content.tables.items():
        for suffix, text in (("csv", to_csv), ("md", to_markdown), ("tex", to_latex)):
            write_text(folder / TABLES / f"{name}.{suffix}", text(table), durable=False)


def write_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Write a file of a report; characters that are not UTF-8 are escaped."""
    data = text.encode("utf-8", "backslashreplace")
    write_atomically(path, data, "Free some space or choose another folder.", durable=durable)


def to_html(report: Report) -> str:
    """The report as a page without links to other files."""
    return page.to_html(to_page(report))


def to_page(
    report: Report, links: Mapping[str, str] | None = None, table_files: str | None = None
) -> Page:
    """The content of the page: numbers with intervals, baselines, figures, facts and warnings.

    Parameters
    ----------
    links : name → path of a file, from the folder of the page.
    table_files : folder of the tables.
    """
    sections = [
        executive.summary_section(report),
        scores.baseline_section(report),
        *folds.fold_sections(report),
        scores.emotion_section(report),
        *corpora.corpus_sections(report),
        *corpora.human_sections(report),
        groups.speaker_section(report),
        groups.group_section(report),
        calibration.calibration_section(report),
        *robustness.robustness_sections(report),
        *training.training_sections(report),
        limits.limit_section(report),
        provenance.provenance_section(report),
    ]
    clips, speakers = report.overall.clips, report.overall.speakers
    subtitle = (
        f"{clips:,} clips by {speakers:,} {'speaker' if speakers == 1 else 'speakers'}, "
        f"{len(report.labels)} emotions: {', '.join(report.labels)}."
    )
    return Page(
        report.title,
        subtitle,
        report.warnings,
        _headlines(report.overall),
        sections,
        links=links or {},
        table_files=table_files,
    )


def to_tables(report: Report) -> list[Table]:
    """The main tables of the report, for the terminal."""
    blocks = [
        tables.baseline_table([report.overall], report.baselines),
        tables.emotion_table(report.emotions),
        *folds.fold_tables(report),
    ]
    if corpora.differ_from_overall(report.corpora):
        blocks.append(tables.corpus_table(report.corpora))
    blocks.append(tables.closed_set_table(report.corpora))
    if report.perception:
        blocks += tables.human_comparison_tables(report.perception)
    if report.group_differences:
        blocks.append(tables.group_difference_table(report.group_differences))
    return [*blocks, *calibration.calibration_tables(report)]


def _headlines(overall: Score) -> list[Headline]:
    headlines = []
    for metric in METRICS.values():
        estimate = overall[metric.name]
        label = metric.label[0].upper() + metric.label[1:]
        detail = f"95%: {tables.interval_text(estimate, metric.unit)}"
        if estimate.interval is None:
            detail = "no interval: one speaker"
        headlines.append(Headline(label, tables.value_text(estimate.value, metric.unit), detail))
    return headlines
