from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.fold_tables import spread_text
from emotion_classifier.evaluation.report.seeds_page import (
    read_seed_scores,
    seed_tables,
    write_seed_scores,
)
from emotion_classifier.evaluation.report.tables import interval_text, percent
from emotion_classifier.evaluation.seed_scores import SeedScores, seed_scores


@pytest.fixture
def scores(make_clips: Callable[..., LabelledPredictions]) -> SeedScores:
    first, second = make_clips(4, 12, skill=1.0), make_clips(4, 12, skill=1.5)
    rows = np.arange(48)
    seeds = {
        seed: {"fold 1": clips.select(rows[:24]), "fold 2": clips.select(rows[24:])}
        for seed, clips in ((0, first), (1, second))
    }
    runs = {seed: {"fold 1": "a", "fold 2": "b"} for seed in seeds}
    return seed_scores(seeds, runs, title="Seeds", facts={"seed 0": "x-folds"})


def test_the_first_table_has_mean_interval_and_deviation_of_each_metric(scores: SeedScores) -> None:
    mean, each, emotions, *_ = seed_tables(scores)
    assert [row[0] for row in mean.rows] == ["UAR", "accuracy", "macro-F1"]
    estimate = scores.mean["uar"]
    deviation = percent(scores.spread["uar"].deviation)
    assert mean.rows[0][1:] == (percent(estimate.value), interval_text(estimate), deviation)
    assert [row[0] for row in each.rows] == ["seed 0", "seed 1"]
    recall = emotions.columns.index("recall")
    assert emotions.rows[0][recall] == spread_text(scores.emotion_spreads[0].recall)


def test_the_page_links_to_each_seed_and_its_tables_are_files(
    scores: SeedScores, tmp_path: Path
) -> None:
    write_seed_scores(scores, tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert 'href="../x-folds/report.html"' in page
    assert (tmp_path / "seed_scores.json").is_file()
    assert len(list((tmp_path / "report_tables").glob("*.tex"))) == 5


def test_written_scores_are_read_and_damaged_ones_refused(
    scores: SeedScores, tmp_path: Path
) -> None:
    assert read_seed_scores(tmp_path) is None
    write_seed_scores(scores, tmp_path)
    assert read_seed_scores(tmp_path) == scores
    (tmp_path / "seed_scores.json").write_text("{")
    with pytest.raises(EvaluationError, match="cross-validate --seeds"):
        read_seed_scores(tmp_path)
