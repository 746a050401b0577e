from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN
from emotion_classifier.emotions.timeline import Interval, Segment
from emotion_classifier.inference.streaming.segments import SegmentJoiner

LABELS = LabelSet(("neutral", "sad"))
ALWAYS = Interval(0.0, math.inf)


def prediction(sad: float, share: float | None = 1.0) -> Prediction:
    probabilities = np.array([1.0 - sad, sad], np.float32)
    has_speech = share is None or share >= 0.1
    return Prediction(LABELS, probabilities, 5.0, share, 0.6, has_speech)


def joined(predictions: list[Prediction], speech: list[Interval]) -> list[Segment]:
    """Segments of cores of a second, of which the last has half a second more."""
    joiner = SegmentJoiner()
    joiner.add_speech(speech)
    found = []
    for second, core in enumerate(predictions):
        joiner.add_core(core, float(second))
        found += joiner.join(math.inf)
    found += joiner.finish(len(predictions) + 0.5)
    assert joiner.finish(99.0) == []
    for one, following in pairwise(found):
        assert one.end_seconds == following.start_seconds and one.answer != following.answer
    return found


def rows(segments: list[Segment]) -> list[tuple[float, float, str]]:
    return [(one.start_seconds, one.end_seconds, one.answer) for one in segments]


def test_neighbours_with_the_same_answer_are_one_segment() -> None:
    found = joined([prediction(sad) for sad in (0.9, 0.7, 0.1, 0.5, 0.55, 0.8)], [ALWAYS])
    assert rows(found) == [
        (0.0, 2.0, "sad"), (2.0, 3.0, "neutral"), (3.0, 5.0, UNCERTAIN), (5.0, 6.5, "sad"),
    ]  # fmt: skip
    assert [one.confidence for one in found] == pytest.approx([0.8, 0.9, 0.525, 0.8])


def test_segments_are_cut_to_the_speech() -> None:
    found = joined(
        [prediction(0.9)] * 3 + [prediction(0.1)] * 3, [Interval(0.5, 1.2), Interval(2.1, 4)]
    )
    assert rows(found) == [
        (0.0, 0.5, NO_SPEECH), (0.5, 1.2, "sad"), (1.2, 2.1, NO_SPEECH), (2.1, 3.0, "sad"),
        (3.0, 4.0, "neutral"), (4.0, 6.5, NO_SPEECH),
    ]  # fmt: skip
    assert found[0].confidence == 0.0


def test_speech_too_rare_for_the_model_is_uncertain() -> None:
    found = joined([prediction(0.9), prediction(0.9, share=0.05)], [Interval(0.0, 1.25)])
    assert rows(found) == [(0.0, 1.0, "sad"), (1.0, 1.25, UNCERTAIN), (1.25, 2.5, NO_SPEECH)]


def test_nothing_is_no_segment() -> None:
    assert joined([], [ALWAYS]) == []


def test_windows_that_were_left_out_have_the_answer_before_them() -> None:
    joiner = SegmentJoiner()
    joiner.add_speech([ALWAYS])
    joiner.add_core(prediction(0.9), 3.0)
    joiner.add_core(prediction(0.1), 7.0)
    assert rows(joiner.finish(9.0)) == [(0.0, 7.0, "sad"), (7.0, 9.0, "neutral")]


@given(
    times=st.lists(st.integers(1, 79), max_size=12, unique=True),
    sads=st.lists(st.sampled_from([0.1, 0.5, 0.9]), min_size=10, max_size=10),
    settled=st.lists(st.integers(1, 79), max_size=6, unique=True).map(sorted),
)
def test_segments_with_speech_cover_exactly_the_speech_whenever_it_becomes_known(
    times: list[int], sads: list[float], settled: list[int]
) -> None:
    ordered = sorted(times)
    speech = [Interval(a / 8, b / 8) for a, b in zip(ordered[::2], ordered[1::2], strict=False)]
    expected = joined([prediction(sad) for sad in sads], speech)
    joiner, found = SegmentJoiner(), []
    for second, sad in enumerate(sads):
        joiner.add_core(prediction(sad), float(second))
    before = 0.0
    for until in [time / 8 for time in [*settled, 80]]:
        joiner.add_speech(one for one in speech if before < one.end_seconds <= until)
        joiner.add_speech(
            Interval(one.start_seconds, until)
            for one in speech
            if one.start_seconds < until < one.end_seconds
        )
        found += joiner.join(until)
        before = until
    found += joiner.finish(10.5)
    assert rows(found) == rows(expected)
    assert (found[0].start_seconds, found[-1].end_seconds) == (0.0, 10.5)
    seconds = [one.duration_seconds for one in found if one.has_speech]
    assert sum(seconds) == pytest.approx(sum(one.duration_seconds for one in speech))
    assert sum(joiner.seconds.values()) - joiner.seconds[NO_SPEECH] == pytest.approx(sum(seconds))
