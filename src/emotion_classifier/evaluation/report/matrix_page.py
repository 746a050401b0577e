"""The page on models that were each trained on all corpora but one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from emotion_classifier.evaluation.corpus_matrix import CorpusMatrix, to_json
from emotion_classifier.evaluation.corpus_scores import MEASURES
from emotion_classifier.evaluation.report import tables
from emotion_classifier.evaluation.report.page import TABLES, write_page, write_text
from emotion_classifier.rendering import plots
from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.page import Facts, Headline, Page, Picture, Section
from emotion_classifier.rendering.tables import Table


def write_matrix(matrix: CorpusMatrix, folder: Path, links: Mapping[str, str]) -> None:
    """Write the page, its tables, and last ``corpus_matrix.json`` into a folder that exists."""
    write_page(to_page(matrix, links), folder)
    write_text(folder / "corpus_matrix.json", to_json(matrix))


def to_page(matrix: CorpusMatrix, links: Mapping[str, str]) -> Page:
    """The content of the page; `links` are paths of further files, from the folder of the page."""
    names = ", ".join(row.name for row in matrix.rows)
    return Page(
        matrix.title,
        f"{len(matrix.rows)} models, each trained without a corpus and tested on it: {names}.",
        matrix.warnings,
        _headlines(matrix),
        [_left_out_section(matrix), _matrix_section(matrix), _facts_section(matrix)],
        matrix.origin,
        links,
        TABLES,
    )


def matrix_table(matrix: CorpusMatrix, measure: str) -> Table:
    """A measure of `MEASURES`: one row for each left-out corpus, one column for each tested one."""
    rows = [
        (_row_name(row.name), *map(tables.percent, values))
        for row, values in zip(matrix.rows, matrix.values(measure).tolist(), strict=True)
    ]
    return Table(_capital(MEASURES[measure]), ("trained on", *matrix.tested), rows)


def _row_name(corpus: str) -> str:
    return f"all but {corpus}"


def _headlines(matrix: CorpusMatrix) -> list[Headline]:
    headlines = []
    for measure, label in MEASURES.items():
        values = tables.known_values(matrix.own_scores, measure)
        value = tables.percent(tables.mean(values))
        detail = f"mean of {len(values)} left-out corpora"
        headlines.append(Headline(_capital(label), value, detail))
    return headlines


def _capital(label: str) -> str:
    return label[0].upper() + label[1:]


def _left_out_section(matrix: CorpusMatrix) -> Section:
    introduction = (
        "Each corpus, predicted by a model that was trained on the others. Expected calibration error "
        "(ECE): mean distance between confidence and accuracy."
    )
    table = tables.closed_set_table(matrix.own_scores)
    return Section("Left-out corpora", introduction, [*_uar_picture(matrix), table])


def _uar_picture(matrix: CorpusMatrix) -> list[Picture]:
    """Closed-set UAR of the left-out corpora that have several emotions, if there are any."""
    found = {score.name: score.measures["closed_set_uar"] for score in matrix.own_scores}
    known = {name: one for name, one in found.items() if not math.isnan(one.value)}
    if not known:
        return []
    bounds = [one.interval for one in known.values()]
    figure = plots.estimate_plot(
        list(known),
        np.array([one.value for one in known.values()]),
        np.array([one.low if one else np.nan for one in bounds]),
        np.array([one.high if one else np.nan for one in bounds]),
        measure="closed-set UAR",
        strong=frozenset(range(len(known))),
    )
    caption = "Closed-set UAR with its 95% interval by speaker; none for a corpus of one speaker."
    return [Picture(to_svg(figure, "Closed-set UAR of the left-out corpora"), caption)]


def _matrix_section(matrix: CorpusMatrix) -> Section:
    diagonal = frozenset(
        (index, matrix.tested.index(row.name)) for index, row in enumerate(matrix.rows)
    )
    figure = plots.matrix_plot(
        matrix.values("closed_set_uar"),
        [_row_name(row.name) for row in matrix.rows],
        matrix.tested,
        row_label="trained on",
        column_label="tested on",
        marked=diagonal,
    )
    caption = "Closed-set UAR. Framed: the corpus that the model was not trained on."
    picture = Picture(to_svg(figure, "Corpora trained on and tested on"), caption, wide=True)
    introduction = (
        "Each row is a model, trained on all corpora but one. It is tested on all clips of that "
        "corpus, and on the test speakers of the others, where their split has any."
    )
    blocks = [matrix_table(matrix, measure) for measure in MEASURES]
    return Section("Trained on and tested on", introduction, [picture, *blocks])


def _facts_section(matrix: CorpusMatrix) -> Section:
    return Section("Facts", "", [Facts(matrix.facts)])
