from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.shared_clips import shared_clips

Make = Callable[..., LabelledPredictions]


def test_shared_clips_are_in_the_order_of_the_first_run(make_clips: Make) -> None:
    first = make_clips().select(np.arange(10, 40))
    second = make_clips(seed=3).select(np.arange(30)[::-1])
    found = shared_clips({"a": first, "b": second})
    assert found.runs["a"].ids == found.runs["b"].ids == first.ids[:20]
    assert found.left_out == {"a": 10, "b": 10}


def test_another_order_of_the_emotions_changes_no_prediction(make_clips: Make) -> None:
    clips = make_clips()
    turned = clips.restricted_to(clips.labels.names[::-1])
    found = shared_clips({"a": clips, "b": turned}).runs["b"]
    assert found.labels == clips.labels
    np.testing.assert_array_equal(found.predicted, clips.predicted)


def test_runs_without_shared_clips_are_refused(make_clips: Make) -> None:
    with pytest.raises(EvaluationError, match="a, b have no clip in common"):
        shared_clips({"a": make_clips(), "b": make_clips(corpus="other")})


def test_runs_with_other_emotions_or_truths_are_refused(make_clips: Make) -> None:
    clips = make_clips()
    renamed = dataclasses.replace(clips, labels=LabelSet(("neutral", "happy", "sad", "bored")))
    with pytest.raises(EvaluationError, match="only b: bored; only a: angry"):
        shared_clips({"a": clips, "b": renamed})
    relabelled = dataclasses.replace(clips, true=np.where(np.arange(72) > 4, 0, clips.true))
    first = clips.ids[5] if clips.true[5] else clips.ids[6]
    with pytest.raises(EvaluationError, match=f"the true emotion of 51 clips, first {first}"):
        shared_clips({"a": clips, "b": relabelled})
