"""Scores as text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from emotion_classifier.evaluation.baselines import baselines, trivial_baselines
from emotion_classifier.evaluation.corpus_scores import corpus_scores
from emotion_classifier.evaluation.human_comparison import human_comparison
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.report.report import Confused
from emotion_classifier.evaluation.report.tables import (
    baseline_table,
    change_text,
    closed_set_table,
    confused_table,
    corpus_recall_table,
    corpus_table,
    human_comparison_tables,
    interval_note,
    interval_text,
    p_text,
    percent,
    score_table,
)
from emotion_classifier.evaluation.scores import emotion_scores, group_scores, score
from emotion_classifier.evaluation.uncertainty import Estimate, Interval

Make = Callable[..., LabelledPredictions]


def test_numbers_have_one_decimal_and_a_dash_where_undefined() -> None:
    assert percent(0.6234) == "62.3%"
    assert percent(1.0) == "100.0%"
    assert percent(float("nan")) == "\N{EN DASH}"
    assert interval_text(Estimate(0.5, Interval(0.4444, 0.61))) == "44.4 to 61.0"
    assert interval_text(Estimate(0.5, None)) == "\N{EN DASH}"


def test_a_change_has_a_sign() -> None:
    assert change_text(Estimate(-0.01, Interval(-0.05, 0.032))) == "-1.0 (-5.0 to +3.2)"
    assert change_text(Estimate(0.02, None)) == "+2.0"
    assert change_text(Estimate(float("nan"), None)) == "\N{EN DASH}"


@pytest.mark.parametrize(
    ("speakers", "expected"),
    [(1, "There is no interval: all clips are by one speaker"), (3, "so few speakers"), (9, "")],
)
def test_few_speakers_are_reported(make_clips: Make, speakers: int, expected: str) -> None:
    note = interval_note(score("ours", make_clips(speakers), np.random.default_rng(0)))
    assert expected in note
    assert ("so few" in note) == (speakers == 3)


def test_the_row_of_the_model_comes_before_its_baselines(make_clips: Make) -> None:
    clips, rng = make_clips(), np.random.default_rng(0)
    rows = baselines(clips, rng, trivial_baselines(clips, ["sad"], np.array([1.0])))
    table = baseline_table([score("this model", clips, rng)], rows)
    assert [row[0] for row in table.rows] == ["this model", "chance", "majority", "duration only"]
    assert table.strong == {0}
    assert "majority: always sad, most frequent in the training part." in table.notes


def test_groups_and_differences_become_rows(make_clips: Make) -> None:
    clips = make_clips(9)
    groups = score_table("By sex", "sex", group_scores(clips, clips.sexes, np.random.default_rng()))
    assert [row[0] for row in groups.rows] == ["female", "male"]
    assert [row[-1] for row in groups.rows] == ["4", "5"]


def test_rarer_pairs_are_counted_not_dropped() -> None:
    pairs = [Confused("sad", f"other {place}", 1, 0.1) for place in range(12)]
    table = confused_table(pairs)
    assert len(table.rows) == 10
    assert table.notes == ["2 rarer pairs are in report.json."]


def test_a_corpus_without_some_emotions_has_a_restricted_row(make_clips: Make) -> None:
    other = make_clips(corpus="other", seed=1)
    other = other.select(other.true < 3)
    clips, rng = concatenate([make_clips(), other]), np.random.default_rng(0)
    corpora = corpus_scores(clips, (), rng)
    assert [row[0] for row in corpus_table(corpora).rows] == [
        "other",
        "other, restricted to its 3 emotions",
        "toy",
    ]
    recalls = corpus_recall_table(emotion_scores(clips, rng), corpora)
    assert recalls.columns == ("emotion", "other", "toy", "together")
    assert recalls.rows[3][:2] == ("angry", "\N{EN DASH}")


def test_closed_and_open_set_have_a_row_for_each_corpus_and_a_mean(make_clips: Make) -> None:
    other = make_clips(corpus="other", seed=1)
    other = other.select(other.true == 0)
    corpora = corpus_scores(concatenate([make_clips(), other]), (), np.random.default_rng(0))
    single, whole, mean = closed_set_table(corpora).rows
    assert (single[0], whole[0], mean[0]) == ("other", "toy", "mean of the corpora")
    assert single[1] == "\N{EN DASH}" and single[-3:] == ("1", "18", "6")
    assert mean[1] == whole[1].split(" ")[0]  # over the corpora that have a closed set
    assert "(" in whole[1] and "(" not in whole[5]
    assert len(closed_set_table(corpora[:1]).rows) == 1


def test_ties_of_the_listeners_are_counted(make_clips: Make) -> None:
    found = human_comparison(make_clips(votes=4), np.random.default_rng(0))
    assert found is not None and found.tied
    scores, nearness = human_comparison_tables(found)
    assert f"{found.tied} of 72 clips have no unique majority" in scores.notes[1]
    assert [row[0] for row in nearness.rows][:2] == ["this model", "the votes themselves"]
    assert nearness.rows[1][3:] == ("0.000", "\N{EN DASH}")


def test_p_values_as_text() -> None:
    assert [p_text(value) for value in (0.0009, 0.001, 1.0, float("nan"))] == [
        "<0.001",
        "0.001",
        "1.000",
        "\N{EN DASH}",
    ]
