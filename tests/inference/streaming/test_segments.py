from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN
from emotion_classifier.emotions.timeline import Segment
from emotion_classifier.inference.streaming.segments import SegmentJoiner

LABELS = LabelSet(("neutral", "sad"))


def prediction(sad: float, share: float | None = 1.0) -> Prediction:
    probabilities = np.array([1.0 - sad, sad], np.float32)
    has_speech = share is None or share >= 0.1
    return Prediction(LABELS, probabilities, 5.0, share, 0.6, has_speech)


def joined(predictions: list[Prediction]) -> list[Segment]:
    joiner = SegmentJoiner()
    found = [joiner.feed(one, float(second)) for second, one in enumerate(predictions)]
    found.append(joiner.finish(len(predictions) + 0.5))
    assert joiner.finish(99.0) is None
    return [one for one in found if one is not None]


def test_neighbours_with_the_same_answer_are_one_segment() -> None:
    found = joined([prediction(sad) for sad in (0.9, 0.7, 0.1, 0.5, 0.55, 0.8)])
    expected = [
        (0.0, 2.0, "sad", 0.8),
        (2.0, 3.0, "neutral", 0.9),
        (3.0, 5.0, UNCERTAIN, 0.525),
        (5.0, 6.5, "sad", 0.8),
    ]
    assert [(one.start_seconds, one.end_seconds, one.answer) for one in found] == [
        one[:3] for one in expected
    ]
    assert [one.confidence for one in found] == pytest.approx([one[3] for one in expected])


def test_silence_is_a_segment_without_confidence() -> None:
    found = joined([prediction(0.9), prediction(0.9, share=0.05), prediction(0.9, share=0.0)])
    assert found[1] == Segment(1.0, 3.5, NO_SPEECH, 0.0)


def test_nothing_is_no_segment() -> None:
    assert joined([]) == []
