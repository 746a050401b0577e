from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.evaluation.corpus_matrix import CorpusMatrix, LeftOutCorpus
from emotion_classifier.evaluation.corpus_scores import corpus_scores
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.matrix_page import matrix_table, to_page, write_matrix
from emotion_classifier.rendering.page import Picture, to_html

Make = Callable[..., LabelledPredictions]


def _matrix(*parts: LabelledPredictions) -> CorpusMatrix:
    rng = np.random.default_rng(0)
    rows = [
        LeftOutCorpus(part.corpora[0], ("others",), {}, corpus_scores(part, (), rng))
        for part in parts
    ]
    return CorpusMatrix(
        title="A run",
        warnings=("3 clips",),
        facts={"a": "b"},
        origin={"seed": "0"},
        rows=tuple(rows),
    )


@pytest.fixture
def matrix(make_clips: Make) -> CorpusMatrix:
    return _matrix(make_clips(corpus="a"), make_clips(corpus="<b>", seed=1))


def test_page_tables_and_json_are_written(matrix: CorpusMatrix, tmp_path: Path) -> None:
    write_matrix(matrix, tmp_path, {"without a": "../a/report.html"})
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "3 clips" in page and "all but &lt;b&gt;" in page and "../a/report.html" in page
    tables = {file.name for file in (tmp_path / "report_tables").iterdir()}
    assert "trained-on-and-tested-on-closed-set-uar.csv" in tables
    assert "trained-on-and-tested-on-ece.md" in tables
    assert "left-out-corpora-closed-and-open-set.tex" in tables
    assert json.loads((tmp_path / "corpus_matrix.json").read_text("utf-8"))["format"] == 1


def test_a_table_has_a_row_for_each_model(matrix: CorpusMatrix) -> None:
    table = matrix_table(matrix, "open_set_uar")
    assert table.columns == ("trained on", "a", "<b>")
    assert [row[0] for row in table.rows] == ["all but a", "all but <b>"]
    assert table.rows[0][2] == "\N{EN DASH}"


def test_corpora_of_one_emotion_have_no_picture_of_their_closed_set(make_clips: Make) -> None:
    clips = make_clips(corpus="a")
    page = to_page(_matrix(clips.select(clips.true == 0)), {})
    assert not any(isinstance(block, Picture) for block in page.sections[0].blocks)
    assert to_html(page)
