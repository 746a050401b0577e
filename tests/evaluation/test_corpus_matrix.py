from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from emotion_classifier.evaluation.corpus_matrix import (
    CorpusMatrix,
    LeftOutCorpus,
    not_scored_warnings,
    to_json,
)
from emotion_classifier.evaluation.corpus_scores import corpus_scores
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate

Make = Callable[..., LabelledPredictions]


@pytest.fixture
def matrix(make_clips: Make) -> CorpusMatrix:
    """Two left-out corpora; only the model without `a` is tested on speakers of the other."""
    rng = np.random.default_rng(0)
    a, b = make_clips(corpus="a"), make_clips(corpus="b", seed=1)
    rows = (
        LeftOutCorpus("b", ("a",), {}, corpus_scores(b, (), rng)),
        LeftOutCorpus("a", ("b",), {"bored": 3}, corpus_scores(concatenate([a, b]), (), rng)),
    )
    return CorpusMatrix(title="A run", warnings=(), facts={}, origin={}, rows=rows)


def test_rows_are_models_and_columns_are_tested_corpora(matrix: CorpusMatrix) -> None:
    assert matrix.tested == ("b", "a")
    values = matrix.values("closed_set_uar")
    assert np.isnan(values).tolist() == [[False, True], [False, False]]
    assert values[1, 1] == matrix.rows[1].own_score.overall["uar"].value
    assert [score.name for score in matrix.own_scores] == ["b", "a"]


def test_clips_that_are_not_scored_are_counted_in_a_warning(matrix: CorpusMatrix) -> None:
    (warning,) = not_scored_warnings(matrix.rows)
    assert warning.startswith("3 clips of a are not scored") and "bored (3)" in warning


def test_json_has_each_measure_of_each_cell(matrix: CorpusMatrix) -> None:
    content = json.loads(to_json(matrix))
    row = content["rows"][1]
    assert (row["name"], row["trained_on"], row["not_scored"]) == ("a", ["b"], {"bored": 3})
    measure = row["scores"][0]["measures"]["closed_set_uar"]
    assert measure["value"] == matrix.rows[1].scores[0].measures["closed_set_uar"].value
    assert set(measure["interval"]) == {"low", "high"}
