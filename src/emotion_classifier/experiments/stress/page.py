"""The results of a stress test as a page, as tables, and as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotion_classifier.errors import storage_errors
from emotion_classifier.evaluation.report import tables
from emotion_classifier.evaluation.report.page import TABLES, write_page, write_text
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.experiments.stress.results import (
    ConditionResult,
    LimitsMet,
    StressReport,
    is_undecided,
    to_csv,
    to_json,
)
from emotion_classifier.model_folder.specification import SoundFacts
from emotion_classifier.rendering.curves import Curve, snr_plot
from emotion_classifier.rendering.figures import to_png, to_svg
from emotion_classifier.rendering.page import Facts, Headline, Page, Picture, Section
from emotion_classifier.rendering.tables import Table, to_markdown
from emotion_classifier.storage import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MEANING = (
    "Unchanged: share of the clips whose predicted emotion stays the same; beside it that of a random model; "
    "of a majority model it is 100%. Brackets: 95% intervals by speaker; changes are in percentage "
    "points. Limits of audEERING's tests: + met, - missed; with a question mark by the value alone, as "
    "the limit is within the interval."
)
_FILES = {"numbers": "stress.json", "rows": "stress.csv", "Markdown": "stress.md"}
_BACKGROUND = "background.png"
_REMEDY = "Choose another folder."


def write_stress(report: StressReport, folder: Path) -> None:
    """Write page, curves, tables, Markdown, CSV, and last ``stress.json``."""
    with storage_errors(folder, _REMEDY):
        folder.mkdir(parents=True, exist_ok=True)
    write_page(to_page(report), folder)
    if (figure := _background_figure(report)) is not None:
        write_atomically(folder / _BACKGROUND, to_png(figure), _REMEDY, durable=False)
    write_text(folder / _FILES["Markdown"], to_text(report))
    write_text(folder / _FILES["rows"], to_csv(report))
    write_text(folder / _FILES["numbers"], to_json(report))


def to_text(report: StressReport) -> str:
    """The tables as Markdown, with the warnings before them and the left-out conditions behind."""
    parts = [f"# {report.title}", _subtitle(report)]
    parts += [f"**Warning.** {warning}" for warning in report.warnings]
    parts.append(MEANING)
    for table in to_tables(report):
        parts += [f"## {table.title}", to_markdown(table).rstrip()]
    if report.left_out:
        parts += ["## Left out", "\n".join(f"- {line}" for line in report.left_out)]
    return "\n\n".join(parts) + "\n"


def to_tables(report: StressReport) -> list[Table]:
    """The main tables, for the terminal."""
    found = [limits_table(report.limits_met), *condition_tables(report.conditions)]
    return [*found, sound_table(report.false_emotions)] if report.false_emotions else found


def to_page(report: StressReport) -> Page:
    """The content of the page."""
    sections = [
        _limits_section(report),
        *_background_sections(report),
        _condition_section(report),
        *_sound_sections(report),
    ]
    if report.left_out:
        left_out = Table("Left out", ("",), [(line,) for line in report.left_out])
        sections.append(Section("Left out", "", [left_out]))
    sections.append(Section("Facts", "", [Facts(report.facts)]))
    return Page(
        report.title,
        _subtitle(report),
        report.warnings,
        _headlines(report),
        sections,
        report.origin,
        _FILES,
        TABLES,
    )


def limits_table(rows: Sequence[LimitsMet]) -> Table:
    """Kept limits of the model, and of two models without audio."""
    cells = [
        (
            one.name,
            f"{one.unchanged} of {one.unchanged_limits}",
            f"{one.change} of {one.change_limits}",
            str(one.undecided),
        )
        for one in rows
    ]
    notes = [
        "By the values; undecided: limits within the 95% interval. Random model: each emotion is drawn with "
        "the same probability, for every clip anew. Majority model: always the most frequent emotion. Both "
        "ignore the audio, and no change of UAR is no sign of quality for them."
    ]
    columns = ("", "unchanged", "change of UAR", "undecided")
    return Table("Limits that are met", columns, cells, frozenset({0}), notes)


def condition_tables(conditions: Sequence[ConditionResult]) -> list[Table]:
    """A table for each group: results with intervals, their limits, and the random model."""
    groups: dict[str, list[ConditionResult]] = {}
    for one in conditions:
        groups.setdefault(one.group, []).append(one)
    return [_group_table(group, rows) for group, rows in groups.items()]


def _group_table(group: str, conditions: Sequence[ConditionResult]) -> Table:
    """A column of limits only where there are some."""
    columns: dict[str, list[str]] = {"": [one.name for one in conditions]}
    columns["unchanged"] = [_share(one.model.unchanged) for one in conditions]
    limits = [_limit(one.model.unchanged, one.limits.unchanged, "{:.0%}") for one in conditions]
    if any(limits):
        columns["limit"] = limits
    columns["random"] = [tables.percent(one.random.unchanged.value) for one in conditions]
    columns["change of UAR"] = [tables.change_text(one.model.change) for one in conditions]
    limits = [_limit(one.model.change, one.limits.change, "{:+.0%}") for one in conditions]
    if any(limits):
        columns["its limit"] = limits
    title = group[0].upper() + group[1:]
    return Table(title, tuple(columns), list(zip(*columns.values(), strict=True)))


def sound_table(sounds: Sequence[SoundFacts]) -> Table:
    """Emotions found in sound without emotion."""
    rows = [
        (
            one.sound,
            f"{60 * one.hours:.1f}",
            f"{one.emotions_per_hour:.1f}",
            tables.percent(one.emotion_share),
            tables.percent(one.uncertain_share),
            tables.percent(one.no_speech_share),
        )
        for one in sounds
    ]
    notes = [
        "Segments of a stream whose answer is an emotion other than neutral and not uncertain. Read speech may "
        "have emotions of its own."
    ]
    columns = ("sound", "minutes", "emotions per hour", "their time", "uncertain", "no speech")
    return Table("Sound without emotion", columns, rows, notes=notes)


def _subtitle(report: StressReport) -> str:
    uar = report.clean_uar
    return (
        f"{report.clips:,} clips by {report.speakers:,} "
        f"{'speaker' if report.speakers == 1 else 'speakers'}, {len(report.conditions)} conditions. UAR of the "
        f"unchanged clips: {_share(uar)}."
    )


def _headlines(report: StressReport) -> list[Headline]:
    own, random = report.limits_met[0], report.limits_met[1]
    uar = report.clean_uar
    total = own.unchanged_limits + own.change_limits
    return [
        Headline("UAR, unchanged", tables.percent(uar.value), f"95%: {tables.interval_text(uar)}"),
        Headline(
            "Limits met",
            f"{own.unchanged + own.change} of {total}",
            f"a random model meets {random.unchanged + random.change}",
        ),
    ]


def _limits_section(report: StressReport) -> Section:
    introduction = (
        "A limit says little alone: a model that ignores the audio keeps every limit of a change of UAR, and "
        "one that always predicts the same emotion keeps all. Read both figures together, beside the UAR."
    )
    return Section("Limits", introduction, [limits_table(report.limits_met)])


def _background_figure(report: StressReport) -> Figure | None:
    """Curves over the signal-to-noise ratio; None without a background."""
    kinds: dict[str, list[ConditionResult]] = {}
    for one in report.conditions:
        if one.background is not None:
            kinds.setdefault(one.background, []).append(one)
    if not kinds:
        return None
    measures = {"unchanged predictions": "unchanged", "UAR": "uar"}
    panels = {
        label: {kind: _curve(rows, attribute) for kind, rows in kinds.items()}
        for label, attribute in measures.items()
    }
    references = {
        "unchanged predictions": {"random model": 1 / len(report.emotions)},
        "UAR": {"without background": report.clean_uar.value},
    }
    return snr_plot(panels, references)


def _background_sections(report: StressReport) -> list[Section]:
    figure = _background_figure(report)
    if figure is None:
        return []
    caption = "Background at falling signal-to-noise ratios, with 95% intervals by speaker."
    picture = Picture(to_svg(figure, "Background noise"), caption, wide=True)
    return [Section("Background", "", [picture])]


def _curve(rows: Sequence[ConditionResult], attribute: str) -> Curve:
    values: list[Estimate] = [getattr(one.model, attribute) for one in rows]
    bounds = [one.interval for one in values]
    return Curve(
        np.array([one.snr_db for one in rows], np.float64),
        np.array([one.value for one in values]),
        np.array([one.low if one else np.nan for one in bounds]),
        np.array([one.high if one else np.nan for one in bounds]),
    )


def _condition_section(report: StressReport) -> Section:
    failed = {one.name: one.without_prediction for one in report.conditions}
    introduction = MEANING
    if most := max(failed.values()):
        name = max(failed, key=lambda key: failed[key])
        introduction += (
            " A clip in which no speech is found has no prediction: it counts as wrong, and as changed "
            f"unless it had none before. Most often {most:,} of {report.clips:,} clips ({name})."
        )
    return Section("Conditions", introduction, condition_tables(report.conditions))


def _sound_sections(report: StressReport) -> list[Section]:
    if not report.false_emotions:
        return []
    return [Section("Sound without emotion", "", [sound_table(report.false_emotions)])]


def _share(estimate: Estimate) -> str:
    bounds = tables.interval_text(estimate)
    value = tables.percent(estimate.value)
    return value if bounds == tables.DASH else f"{value} ({bounds})"


def _limit(value: Estimate, limit: float | None, form: str) -> str:
    if limit is None:
        return ""
    sign = "+" if value.value >= limit else "-"
    return f"{form.format(limit)} {sign}{'?' if is_undecided(value, limit) else ''}"
