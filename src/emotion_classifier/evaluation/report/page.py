"""A report as one self-contained HTML page, and as tables for the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.baselines import DURATION_ONLY, MAJORITY
from emotion_classifier.evaluation.corpus_scores import CorpusScore
from emotion_classifier.evaluation.report.report import Report, to_json
from emotion_classifier.evaluation.report.tables import (
    baseline_table,
    confused_table,
    corpus_recall_table,
    corpus_table,
    emotion_table,
    human_comparison_tables,
    interval_note,
    interval_text,
    percent,
    rejection_table,
    restricted_name,
    score_table,
)
from emotion_classifier.evaluation.scores import Score
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.rendering import page
from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.page import Facts, Headline, Page, Picture, Section
from emotion_classifier.rendering.plots import (
    confusion_plot,
    estimate_plot,
    reliability_plot,
    speaker_plot,
    training_plot,
)
from emotion_classifier.rendering.tables import Table
from emotion_classifier.storage import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PARTS = ("train", "validation")
_MEASURES = {"uar": "UAR", "macro_f1": "macro-F1"}
_HARDEST = 10


def write_report(report: Report, folder: Path) -> None:
    """Write ``report.html`` and then ``report.json`` into a folder that exists."""
    for name, text in (("report.html", to_html(report)), ("report.json", to_json(report))):
        data = text.encode("utf-8", "backslashreplace")
        write_atomically(folder / name, data, "Free some space or choose another folder.")


def to_html(report: Report) -> str:
    """The report as a page: numbers with intervals, baselines, figures, facts and warnings."""
    sections = [
        _baseline_section(report),
        _emotion_section(report),
        *_corpus_sections(report),
        *_perception_sections(report),
        _speaker_section(report),
        _group_section(report),
        _calibration_section(report),
        *_training_sections(report),
        *_fact_sections(report),
    ]
    clips, speakers = report.overall.clips, report.overall.speakers
    subtitle = (
        f"{clips:,} clips by {speakers:,} {'speaker' if speakers == 1 else 'speakers'}, "
        f"{len(report.labels)} emotions: {', '.join(report.labels)}."
    )
    return page.to_html(
        Page(report.title, subtitle, report.warnings, _headlines(report.overall), sections)
    )


def to_tables(report: Report) -> list[Table]:
    """The report in short, for the terminal: beside the baselines, each emotion, when it is sure."""
    tables = [baseline_table([report.overall], report.baselines), emotion_table(report.emotions)]
    if report.corpora:
        tables.append(corpus_table(report.corpora))
    if report.perception:
        tables += human_comparison_tables(report.perception)
    tables.append(rejection_table(report.rejection, report.risk_coverage))
    return tables


def _headlines(overall: Score) -> list[Headline]:
    def headline(label: str, estimate: Estimate) -> Headline:
        known = estimate.interval is not None
        detail = f"95%: {interval_text(estimate)}" if known else "no interval: one speaker"
        return Headline(label, percent(estimate.value), detail)

    return [
        headline("Unweighted average recall", overall.uar),
        headline("Accuracy", overall.accuracy),
        headline("Macro-F1", overall.macro_f1),
    ]


def _baseline_section(report: Report) -> Section:
    rows = [report.overall, *(b.score for b in report.baselines if not np.isnan(b.score.uar.value))]
    introduction = (
        "Unweighted average recall (UAR) is the mean, over the emotions, of the share of their clips "
        "that were recognised; guessing gives one over the number of emotions. "
        f"{interval_note(report.overall)}"
    )
    missing = {MAJORITY, DURATION_ONLY} - {row.name for row in rows}
    if missing:
        names = " and ".join(sorted(missing))
        introduction += f" Without the training clips there is no row for {names}."
    picture = Picture(
        to_svg(_estimates_figure(rows), "UAR of this model and of the baselines"),
        "UAR with its 95% interval.",
    )
    table = baseline_table([report.overall], report.baselines)
    return Section("Is it better than guessing?", introduction, [picture, table])


def _estimates_figure(rows: Sequence[Score]) -> Figure:
    intervals = [row.uar.interval for row in rows]
    missing = float("nan")
    return estimate_plot(
        [row.name for row in rows],
        np.array([row.uar.value for row in rows]),
        np.array([interval.low if interval else missing for interval in intervals]),
        np.array([interval.high if interval else missing for interval in intervals]),
        measure="UAR",
        strong=frozenset({0}),
    )


def _emotion_section(report: Report) -> Section:
    figure = confusion_plot(report.confusion, report.labels)
    picture = Picture(
        to_svg(figure, "Confusion matrix"),
        "Each row is a true emotion: the share of its clips that got each emotion, and their number.",
        wide=True,
    )
    introduction = (
        "Recall: the share of an emotion's clips that were recognised. Precision: the share of the "
        "clips given this emotion that have it."
    )
    tables = emotion_table(report.emotions), confused_table(report.confused)
    return Section("Emotions", introduction, [tables[0], picture, tables[1]])


def _corpus_sections(report: Report) -> list[Section]:
    if not report.corpora:
        return []
    introduction = (
        "Each corpus over the emotions that it has, with intervals by its own speakers. Restricted: "
        "the most probable of these emotions, as if the model knew no other; without that, a clip "
        "that is given an emotion which the corpus does not have is wrong."
    )
    tables = corpus_table(report.corpora), corpus_recall_table(report.emotions, report.corpora)
    overview = Section("Each corpus", introduction, tables)
    if len(report.corpora) == 1:
        return [overview]
    return [overview, *(_one_corpus(one, report.labels) for one in report.corpora)]


def _one_corpus(one: CorpusScore, labels: Sequence[str]) -> Section:
    rows = [replace(one.overall, name="this model")]
    if one.restricted:
        rows.append(replace(one.restricted, name=restricted_name(one)))
    table = baseline_table(rows, one.baselines)
    # An emotion that the corpus does not have and the model never gave would be an empty cross.
    seen = np.flatnonzero(one.confusion.sum(axis=0) + one.confusion.sum(axis=1))
    figure = confusion_plot(
        one.confusion[np.ix_(seen, seen)], [labels[int(place)] for place in seen]
    )
    caption = "Each row is a true emotion. An empty row: the corpus does not have it."
    picture = Picture(to_svg(figure, f"Confusion matrix of {one.name}"), caption, wide=True)
    emotions = f"{one.overall.clips:,} clips of {', '.join(one.labels)}."
    return Section(f"Corpus {one.name}", emotions, [table, picture])


def _perception_sections(report: Report) -> list[Section]:
    if report.perception is None:
        return []
    learned = {
        "intended": " The model learned the intended emotion.",
        "perceived": " The model learned the listeners' votes.",
    }
    introduction = (
        f"{report.perception.intended.clips:,} of {report.overall.clips:,} clips have votes of "
        "listeners, who often hear another emotion than the speaker intends."
        f"{learned.get(report.target or '', '')}"
    )
    return [
        Section("What listeners heard", introduction, human_comparison_tables(report.perception))
    ]


def _speaker_section(report: Report) -> Section:
    values = np.array([one.uar.value for one in report.speakers])
    names = [one.name for one in report.speakers]
    chance = 1 / len(report.labels)
    figure = speaker_plot(names, values, overall=report.overall.uar.value, chance=chance)
    caption = "UAR of each speaker, over the emotions that the speaker has."
    picture = Picture(to_svg(figure, "UAR of each speaker"), caption)
    hardest = sorted(report.speakers, key=lambda one: one.uar.value)[:_HARDEST]
    rows = [
        (one.name, f"{one.clips:,}", percent(one.uar.value), percent(one.accuracy.value))
        for one in hardest
    ]
    left = len(names) - len(rows)
    notes = [f"The {left:,} other speakers are in report.json."] if left else []
    table = Table("The hardest", ("speaker", "clips", "UAR", "accuracy"), rows, notes=notes)
    spread = f"from {percent(float(values.min()))} to {percent(float(values.max()))}"
    return Section("Speakers", f"UAR goes {spread}.", [picture, table])


def _group_section(report: Report) -> Section:
    tables, alike = [], []
    for kind, scores in report.groups.items():
        if len(scores) > 1:
            tables.append(score_table(f"By {kind}", kind, scores))
        else:
            alike.append(f"{kind} ({scores[0].name})")
    introduction = "Groups with few speakers have wide intervals; those of one speaker have none."
    if alike:
        introduction += f" The same for all clips: {', '.join(alike)}."
    return Section("Groups", introduction, tables)


def _calibration_section(report: Report) -> Section:
    bins = report.calibration
    figure = reliability_plot(bins.confidence, bins.accuracy, bins.counts)
    introduction = (
        f"Expected calibration error {percent(bins.error)}: how far confidence and accuracy lie "
        f"apart on average, over {len(bins.counts)} bins."
    )
    caption = "Below the dashed line the model is surer than it is right."
    picture = Picture(to_svg(figure, "Accuracy against confidence"), caption)
    table = rejection_table(report.rejection, report.risk_coverage)
    return Section("Can its confidence be trusted?", introduction, [picture, table])


def _training_sections(report: Report) -> list[Section]:
    curves = _curves(report.history)
    if not curves:
        return []
    numbers = _column(report.history, "epoch")
    epochs = np.where(np.isfinite(numbers), numbers, np.arange(1, len(numbers) + 1))
    figure = training_plot(curves, epochs)
    epoch = "epoch" if len(epochs) == 1 else "epochs"
    caption = f"{len(epochs)} {epoch}, measured on the training and the validation part."
    picture = Picture(to_svg(figure, "Training curves"), caption, wide=True)
    return [Section("Training", "", [picture])]


def _curves(
    history: Sequence[Mapping[str, float | None]],
) -> dict[str, dict[str, npt.NDArray[np.float64]]]:
    """Measure → part → values, from the columns ``<part>_<measure>``."""
    curves: dict[str, dict[str, npt.NDArray[np.float64]]] = {}
    for name in dict.fromkeys(name for row in history for name in row):
        part, _, measure = name.partition("_")
        if part in _PARTS and measure:
            curves.setdefault(_MEASURES.get(measure, measure), {})[part] = _column(history, name)
    return curves


def _column(history: Sequence[Mapping[str, float | None]], name: str) -> npt.NDArray[np.float64]:
    cells = [row.get(name) for row in history]
    return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)


def _fact_sections(report: Report) -> list[Section]:
    if not report.facts:
        return []
    return [Section("Facts", "", [Facts({k: _fact(v) for k, v in report.facts.items()})])]


def _fact(value: object) -> str:
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, indent=2, ensure_ascii=False, default=str)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    return "not known" if value is None else str(value)
