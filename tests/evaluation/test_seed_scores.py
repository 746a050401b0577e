from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, recall_score

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import score
from emotion_classifier.evaluation.seed_scores import SeedScores, seed_scores, to_json

Make = Callable[..., LabelledPredictions]
RUNS = {seed: {"fold 1": f"{seed}-1", "fold 2": f"{seed}-2"} for seed in (3, 4)}


def noisy(clips: LabelledPredictions, seed: int) -> LabelledPredictions:
    """The same clips as another training would predict them."""
    noise = np.random.default_rng(seed).uniform(0.5, 1.5, clips.probabilities.shape)
    return replace(clips, probabilities=(clips.probabilities * noise).astype(np.float32))


def halves(clips: LabelledPredictions) -> dict[str, LabelledPredictions]:
    rows = np.arange(len(clips))
    middle = len(clips) // 2
    return {"fold 1": clips.select(rows[:middle]), "fold 2": clips.select(rows[middle:])}


@pytest.fixture
def seeds(make_clips: Make) -> dict[int, LabelledPredictions]:
    clips = make_clips(6, 12)
    return {3: noisy(clips, 3), 4: noisy(clips, 4)}


@pytest.fixture
def found(seeds: dict[int, LabelledPredictions]) -> SeedScores:
    folds = {seed: halves(clips) for seed, clips in seeds.items()}
    return seed_scores(folds, RUNS, title="Two seeds")


def test_mean_and_deviation_are_over_the_seeds(
    found: SeedScores, seeds: dict[int, LabelledPredictions]
) -> None:
    uars = [balanced_accuracy_score(one.true, one.predicted) for one in seeds.values()]
    assert [one.name for one in found.scores] == ["seed 3", "seed 4"]
    assert [one["uar"].value for one in found.scores] == pytest.approx(uars)
    assert found.mean["uar"].value == pytest.approx(np.mean(uars))
    assert found.spread["uar"].deviation == pytest.approx(np.std(uars, ddof=1))
    assert (found.mean.clips, found.mean.speakers) == (72, 6)


def test_the_interval_is_by_speaker_and_not_narrowed_by_more_seeds(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    same = seed_scores({3: halves(clips), 4: halves(clips)}, RUNS, title="The same twice")
    interval = same.mean["uar"].interval
    once = score("one", clips, np.random.default_rng(0))["uar"].interval
    assert interval is not None and once is not None
    assert interval.high - interval.low == pytest.approx(once.high - once.low, abs=0.03)
    assert same.spread["uar"].deviation == 0.0


def test_each_emotion_and_each_fold_has_the_mean_over_the_seeds(
    found: SeedScores, seeds: dict[int, LabelledPredictions]
) -> None:
    recalls = np.array(
        [recall_score(one.true, one.predicted, average=None) for one in seeds.values()]
    )
    values = [one.recall.value for one in found.emotions]
    assert values == pytest.approx(recalls.mean(axis=0))
    assert [one.clips for one in found.emotions] == [18] * 4
    assert [one.recall.deviation for one in found.emotion_spreads] == pytest.approx(
        recalls.std(axis=0, ddof=1)
    )
    assert all(one.recall.interval is not None for one in found.emotions)
    first = [halves(clips)["fold 1"] for clips in seeds.values()]
    uars = [balanced_accuracy_score(one.true, one.predicted) for one in first]
    assert found.folds.scores[0]["uar"].value == pytest.approx(np.mean(uars))
    assert found.folds.runs == {"fold 1": ("3-1", "4-1"), "fold 2": ("3-2", "4-2")}


def test_seeds_on_other_folds_are_refused(make_clips: Make) -> None:
    with pytest.raises(EvaluationError, match="different clips"):
        seed_scores(
            {3: halves(make_clips(6, 12)), 4: halves(make_clips(6, 8))}, RUNS, title="Unequal"
        )


def test_json_holds_every_field(found: SeedScores) -> None:
    content = json.loads(to_json(found))
    assert content["mean"]["uar"]["value"] == found.mean["uar"].value
    assert content["spread"]["uar"]["values"] == 2
    assert len(content["emotions"]) == len(content["emotion_spreads"]) == 4
