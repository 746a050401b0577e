"""The answer of a study as Markdown, JSON, CSV, PNG and a page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emotion_classifier.evaluation.report.page import TABLES, write_page, write_text
from emotion_classifier.evaluation.report.tables import (
    change_text,
    interval_text,
    percent,
    score_table,
)
from emotion_classifier.experiments.studies import verdict
from emotion_classifier.experiments.studies.acoustics import MEASURES, UNITS
from emotion_classifier.experiments.studies.answer import Answer, headline, sections, to_json
from emotion_classifier.experiments.studies.contrasts import EvaluatedContrast
from emotion_classifier.rendering.figures import to_png, to_svg
from emotion_classifier.rendering.page import Page, Picture, Section
from emotion_classifier.rendering.tables import Table, to_markdown
from emotion_classifier.storage import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VERDICT = "verdict.md"
_PAGE_FIGURES = ("_comparison", "confused_pairs", "separations")
_REMEDY = "Free some space and start the same command again."


def write_documents(
    answer: Answer, figures: Mapping[str, Figure], folder: Path, title: str, command: str
) -> None:
    """Write figures, page with tables, ``verdict.json`` and, last, ``verdict.md``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        write_atomically(folder / f"{name}.png", to_png(figure), _REMEDY, durable=False)
    write_page(to_page(answer, figures, title, command), folder)
    write_text(folder / "verdict.json", to_json(answer))
    write_text(folder / VERDICT, to_text(answer, figures, title, command))


def to_text(answer: Answer, figures: Mapping[str, Figure], title: str, command: str) -> str:
    """The verdict as Markdown."""
    parts = [f"# {title}", answer.question, f"**{headline(answer)}**"]
    for heading, sentences in sections(answer).items():
        parts += [f"## {heading}", "\n".join(f"- {sentence}" for sentence in sentences)]
    for table in _tables(answer):
        parts += [f"## {table.title}", to_markdown(table).strip()]
    shown = [name for name in figures if _is_shown(name)]
    parts += [f"![{name}]({name}.png)" for name in shown]
    parts.append(f"Command: `{command}`")
    return "\n\n".join(parts) + "\n"


def to_page(answer: Answer, figures: Mapping[str, Figure], title: str, command: str) -> Page:
    """The verdict as a page."""
    findings = [
        Table(heading, ("",), [(sentence,) for sentence in sentences])
        for heading, sentences in sections(answer).items()
    ]
    pictures = [
        Picture(to_svg(figure, name.replace("_", " ")), name.replace("_", " "), wide=True)
        for name, figure in figures.items()
        if _is_shown(name)
    ]
    links = {name.replace("_", " "): f"{name}.png" for name in figures}
    return Page(
        title,
        answer.question,
        _warnings(answer),
        [],
        [
            Section("Verdict", headline(answer), findings),
            Section("Figures", "", pictures),
            Section("Numbers", "", _tables(answer)),
        ],
        {"command": command},
        {"verdict as text": VERDICT, "verdict as JSON": "verdict.json", **links},
        TABLES,
    )


def _warnings(answer: Answer) -> list[str]:
    if not answer.missing:
        return []
    return [f"{len(answer.missing)} cells are missing: {', '.join(answer.missing)}."]


def _is_shown(name: str) -> bool:
    return name.endswith(_PAGE_FIGURES)


def _tables(answer: Answer) -> list[Table]:
    tables = [score_table("Cells", "cell", answer.scores)]
    policy = () if answer.policy is None else answer.policy.tests
    if answer.tests:
        tables.append(contrast_table("Tests", answer.tests))
    if policy:
        tables.append(contrast_table("Tests of the policy", policy))
    if answer.pairs:
        tables.append(_pair_table(answer))
    if answer.separations:
        tables.append(_separation_table(answer))
    return tables


def contrast_table(title: str, tests: tuple[EvaluatedContrast, ...]) -> Table:
    """One row for each test: the difference, its interval and p values."""
    rows = []
    for one in tests:
        contrast = one.contrast
        name = f"{contrast.second} \N{MINUS SIGN} {contrast.first}"
        if contrast.between is not None:
            low, high = contrast.between
            name = f"({name}) at {high} \N{MINUS SIGN} at {low}"
        change = "missing" if one.estimate is None else change_text(one.estimate)
        p_values = [verdict.p_value(p) if p == p else "" for p in (one.p, one.corrected_p)]
        rows.append((name, contrast.context, verdict.measure_label(contrast), change, *p_values))
    columns = ("difference", "at", "measure", "points (95% interval)", "p", "p Holm")
    return Table(
        title,
        columns,
        rows,
        frozenset(index for index, one in enumerate(tests) if one.is_significant),
        left=frozenset({0, 1, 2}),
    )


def _pair_table(answer: Answer) -> Table:
    rows = [
        (
            pair.name,
            percent(pair.rate.value),
            interval_text(pair.rate),
            percent(pair.as_second),
            percent(pair.as_first),
            change_text(pair.excess),
            verdict.p_value(pair.corrected_p),
        )
        for pair in answer.pairs
    ]
    columns = (
        "pair",
        "confused",
        "95% interval",
        "first as second",
        "second as first",
        "against an average pair",
        "p Holm",
    )
    strong = frozenset(
        index
        for index, pair in enumerate(answer.pairs)
        if pair.is_significant and pair.excess.value > 0
    )
    return Table("Pairs of emotions", columns, rows, strong)


def _separation_table(answer: Answer) -> Table:
    units = dict(zip(MEASURES, UNITS, strict=True))
    rows = [
        (
            f"{one.first} \N{RIGHTWARDS ARROW} {one.second}",
            one.measure,
            f"{one.difference:+.2f} {units[one.measure]}",
            f"{one.effect:+.2f}",
            verdict.p_value(one.corrected_p),
        )
        for one in answer.separations
    ]
    columns = ("pair", "measure", "difference", "Cohen's d", "p Holm")
    strong = frozenset(index for index, one in enumerate(answer.separations) if one.is_significant)
    return Table("Acoustic measures", columns, rows, strong, left=frozenset({0, 1}))
