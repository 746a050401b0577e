from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, precision_score, recall_score

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.fold_scores import (
    counts_by_seed,
    fold_scores,
    mean_score,
    spread,
)
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import score

Make = Callable[..., LabelledPredictions]


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def of_fold(clips: LabelledPredictions, fold: int, folds: int) -> LabelledPredictions:
    """The clips of every `folds`-th speaker."""
    speakers = np.array([int(name.rpartition("/")[2]) for name in clips.speakers])
    return clips.select(speakers % folds == fold)


def test_mean_and_deviation_are_over_the_folds(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    parts = {f"fold {n + 1}": [of_fold(clips, n, 3)] for n in range(3)}
    found = fold_scores(parts, {name: [name] for name in parts}, generator())
    uars = [balanced_accuracy_score(one.true, one.predicted) for (one,) in parts.values()]
    assert [one.name for one in found.scores] == ["fold 1", "fold 2", "fold 3"]
    assert [one["uar"].value for one in found.scores] == pytest.approx(uars)
    assert found.scores[0]["uar"].interval is not None
    assert found.spread["uar"].mean == pytest.approx(np.mean(uars))
    assert found.spread["uar"].deviation == pytest.approx(np.std(uars, ddof=1))
    assert found.absent == {}


def test_each_emotion_has_precision_recall_and_f1_over_the_folds(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    parts = [of_fold(clips, n, 2) for n in range(2)]
    found = fold_scores({"1": parts[:1], "2": parts[1:]}, {}, generator())
    for index, emotion in enumerate(found.emotions):
        for name, function in (("precision", precision_score), ("recall", recall_score)):
            values = [function(p.true, p.predicted, average=None)[index] for p in parts]
            assert getattr(emotion, name).mean == pytest.approx(np.mean(values))
            assert getattr(emotion, name).deviation == pytest.approx(np.std(values, ddof=1))


def test_an_emotion_without_clips_in_a_fold_is_named_and_left_out(make_clips: Make) -> None:
    clips = make_clips(4, 12)
    first, second = (of_fold(clips, n, 2) for n in range(2))
    sad = clips.labels.names.index("sad")
    without = second.select(second.true != sad)
    found = fold_scores({"fold 1": [first], "fold 2": [without]}, {}, generator())
    assert found.absent == {"fold 2": ("sad",)}
    assert found.emotions[sad].recall.values == 1
    assert np.isnan(found.emotions[sad].recall.deviation)
    own = recall_score(first.true, first.predicted, average=None)[sad]
    assert found.emotions[sad].recall.mean == own


def test_the_value_of_several_seeds_is_their_mean(make_clips: Make) -> None:
    first = make_clips(6, 12)
    second = replace(first, probabilities=np.roll(first.probabilities, 1, axis=1))
    counts = counts_by_seed([first, second])
    assert counts.shape == (6, 2, 4, 4)
    together = mean_score("both", counts, generator())
    apart = [score("one", one, generator()) for one in (first, second)]
    for name in ("uar", "accuracy", "macro_f1"):
        assert together[name].value == pytest.approx(np.mean([one[name].value for one in apart]))
    assert (together.clips, together.speakers) == (72, 6)


def test_the_interval_of_equal_seeds_is_that_of_one(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    once = mean_score("one", counts_by_seed([clips]), generator())
    twice = mean_score("two", counts_by_seed([clips, clips]), generator())
    assert once["uar"] == score("one", clips, generator())["uar"]
    assert twice["uar"].interval == once["uar"].interval


def test_seeds_with_different_clips_are_refused(make_clips: Make) -> None:
    clips = make_clips(4, 16)
    with pytest.raises(EvaluationError, match="toy/3-63"):
        counts_by_seed([clips, clips.select(np.arange(len(clips) - 1))])


def test_a_deviation_needs_two_values() -> None:
    assert np.isnan(spread([0.5]).deviation)
    assert spread([0.5, np.nan, 0.7]).values == 2
    assert spread([0.5, np.nan, 0.7]).mean == pytest.approx(0.6)
    assert np.isnan(spread([np.nan]).mean)
