"""One row of scores."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from emotion_classifier.evaluation.score import score
from emotion_classifier.evaluation.scored import ScoredClips

Make = Callable[..., ScoredClips]


def test_a_score_counts_clips_and_speakers(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    row = score("ours", clips, np.random.default_rng(0))
    assert (row.name, row.clips, row.speakers) == ("ours", 72, 6)
    assert row.accuracy.value == clips.correct.mean()
    for one in (row.uar, row.accuracy, row.macro_f1):
        assert one.interval is not None
        assert one.interval.low < one.value < one.interval.high


def test_other_answers_for_the_same_clips_can_be_scored(make_clips: Make) -> None:
    clips = make_clips()
    row = score("perfect", clips, np.random.default_rng(0), predicted=clips.true)
    assert row.uar.value == row.accuracy.value == row.macro_f1.value == 1.0
