"""A report as one self-contained HTML page, and as tables for the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.baselines import DURATION_ONLY, MAJORITY
from emotion_classifier.evaluation.corpus_scores import CorpusScore
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.report import tables
from emotion_classifier.evaluation.report.report import Report, to_json
from emotion_classifier.evaluation.scores import Score
from emotion_classifier.rendering import page, plots
from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.page import Facts, Headline, Page, Picture, Section
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
}
"""Name → file of a run that the report links to where it exists."""


def write_report(report: Report, folder: Path) -> None:
    """Write the report into a folder that exists: its page, its tables, and last ``report.json``."""
    links = {name: path for name, path in LINKS.items() if (folder / path).is_file()}
    write_page(to_page(report, links, TABLES), folder)
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
        _baseline_section(report),
        _emotion_section(report),
        *_corpus_sections(report),
        *_human_sections(report),
        _speaker_section(report),
        _group_section(report),
        _calibration_section(report),
        *_training_sections(report),
    ]
    if report.facts:
        facts = Facts({name: _fact(value) for name, value in report.facts.items()})
        sections.append(Section("Facts", "", [facts]))
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
        report.origin,
        links or {},
        table_files,
    )


def to_tables(report: Report) -> list[Table]:
    """The main tables of the report, for the terminal."""
    blocks = [
        tables.baseline_table([report.overall], report.baselines),
        tables.emotion_table(report.emotions),
    ]
    if _differ_from_overall(report.corpora):
        blocks.append(tables.corpus_table(report.corpora))
    blocks.append(tables.closed_set_table(report.corpora))
    if report.perception:
        blocks += tables.human_comparison_tables(report.perception)
    blocks.append(tables.rejection_table(report.rejection, report.risk_coverage))
    return blocks


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


def _baseline_section(report: Report) -> Section:
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


def _emotion_section(report: Report) -> Section:
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


def _corpus_sections(report: Report) -> list[Section]:
    introduction = (
        "Each corpus over its own emotions, with intervals by its own speakers. Restricted: the most "
        "probable emotion of the corpus, as if the model had no others. Without the restriction, a "
        "clip predicted as an emotion that the corpus lacks is wrong."
    )
    blocks = [tables.closed_set_table(report.corpora)]
    if _differ_from_overall(report.corpora):
        blocks += [
            tables.corpus_table(report.corpora),
            tables.corpus_recall_table(report.emotions, report.corpora),
        ]
    overview = Section("Corpora", introduction, blocks)
    if len(report.corpora) == 1:
        return [overview]
    return [overview, *(_corpus_section(corpus, report.labels) for corpus in report.corpora)]


def _differ_from_overall(corpora: Sequence[CorpusScore]) -> bool:
    """Whether there are several corpora, or one that lacks emotions of the model."""
    return len(corpora) > 1 or corpora[0].restricted is not None


def _corpus_section(corpus: CorpusScore, labels: Sequence[str]) -> Section:
    rows = [corpus.overall.renamed("this model")]
    if corpus.restricted:
        rows.append(corpus.restricted.renamed(corpus.restricted_name))
    table = tables.baseline_table(rows, corpus.baselines)
    # An emotion that is neither true nor predicted would be an empty row and column.
    used = np.flatnonzero(corpus.confusion.sum(axis=0) + corpus.confusion.sum(axis=1))
    names = [labels[index] for index in used.tolist()]
    figure = plots.confusion_plot(corpus.confusion[np.ix_(used, used)], names)
    caption = "Each row is a true emotion. An empty row is an emotion that the corpus lacks."
    picture = Picture(to_svg(figure, f"Confusion matrix of {corpus.name}"), caption, wide=True)
    emotions = f"{corpus.overall.clips:,} clips of {', '.join(corpus.labels)}."
    return Section(f"Corpus {corpus.name}", emotions, [table, picture])


def _human_sections(report: Report) -> list[Section]:
    if report.perception is None:
        return []
    targets = {
        "intended": " The model was trained on the intended emotion.",
        "perceived": " The model was trained on the listeners' votes.",
    }
    introduction = (
        f"{report.perception.intended.clips:,} of {report.overall.clips:,} clips have votes of "
        "listeners, who often choose another emotion than the speaker intended."
        f"{targets.get(report.target or '', '')}"
    )
    blocks = tables.human_comparison_tables(report.perception)
    return [Section("Human listeners", introduction, blocks)]


def _speaker_section(report: Report) -> Section:
    values = np.array([speaker["uar"].value for speaker in report.speakers])
    names = [speaker.name for speaker in report.speakers]
    figure = plots.speaker_plot(
        names, values, overall=report.overall["uar"].value, chance=1 / len(report.labels)
    )
    caption = "UAR of each speaker, over the emotions of the speaker."
    picture = Picture(to_svg(figure, "UAR of each speaker"), caption)
    spread = f"from {tables.percent(float(values.min()))} to {tables.percent(float(values.max()))}"
    table = tables.lowest_speaker_table(report.speakers)
    return Section("Speakers", f"UAR of a speaker ranges {spread}.", [picture, table])


def _group_section(report: Report) -> Section:
    blocks, alike = [], []
    for kind, scores in report.groups.items():
        if len(scores) > 1:
            blocks.append(tables.score_table(f"By {kind}", kind, scores))
        else:
            alike.append(f"{kind} ({scores[0].name})")
    introduction = "Groups with few speakers have wide intervals; those of one speaker have none."
    if alike:
        introduction += f" The same for all clips: {', '.join(alike)}."
    return Section("Groups", introduction, blocks)


def _calibration_section(report: Report) -> Section:
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


def _training_sections(report: Report) -> list[Section]:
    curves = _curves(report.history)
    if not curves:
        return []
    numbers = _column(report.history, "epoch")
    epochs = np.where(np.isfinite(numbers), numbers, np.arange(1, len(numbers) + 1))
    chance = {METRICS["uar"].label: 1 / len(report.labels)}
    figure = plots.training_plot(curves, epochs, chance=chance, kept=report.kept_epoch)
    epoch = "epoch" if len(epochs) == 1 else "epochs"
    caption = f"{len(epochs)} {epoch}, measured on the training and the validation part."
    picture = Picture(to_svg(figure, "Training curves"), caption, wide=True)
    return [Section("Training", "", [picture])]


def _curves(
    history: Sequence[Mapping[str, float | None]],
) -> dict[str, dict[str, npt.NDArray[np.float64]]]:
    """Measure → part → values, from the columns ``<part>_<measure>``."""
    labels = {name: metric.label for name, metric in METRICS.items()}
    curves: dict[str, dict[str, npt.NDArray[np.float64]]] = {}
    for name in dict.fromkeys(name for row in history for name in row):
        part, _, measure = name.partition("_")
        if part in ("train", "validation") and measure:
            curves.setdefault(labels.get(measure, measure), {})[part] = _column(history, name)
    return curves


def _column(history: Sequence[Mapping[str, float | None]], name: str) -> npt.NDArray[np.float64]:
    return np.array([row.get(name) for row in history], dtype=np.float64)


def _fact(value: object) -> str:
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, indent=2, ensure_ascii=False, default=str)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return "not known" if value is None else str(value)
