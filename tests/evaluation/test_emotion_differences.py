from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.evaluation.emotion_differences import emotion_differences
from emotion_classifier.evaluation.paired_tests import smallest_p_value

LABELS = ("happy", "sad", "angry")


def _counts(correct: int, speakers: int = 8) -> np.ndarray:
    """Ten happy clips of each speaker, `correct` of them predicted as happy, the others as sad."""
    counts = np.zeros((speakers, 1, 3, 3), np.int64)
    counts[:, 0, 0, 0], counts[:, 0, 0, 1] = correct, 10 - correct
    counts[:, 0, 1, 1] = 10
    return counts


def test_differences_of_each_emotion_are_corrected_over_emotions_and_pairs() -> None:
    first, second = emotion_differences(
        [(_counts(5), _counts(8)), (_counts(5), _counts(5))], LABELS, seed=0
    )
    found = {(one.measure, one.emotion): one for one in first}
    happy = found["recall", "happy"]
    assert happy.estimate.value == pytest.approx(0.3)
    assert happy.p_value == smallest_p_value(8)
    # Four tests of recall: two emotions with clips, in two pairs.
    assert happy.corrected_p_value == pytest.approx(4 * happy.p_value)
    assert found["recall", "sad"].estimate.value == 0
    # Of the sad ones: 2 · 10 / (10 + 15) and 2 · 10 / (10 + 12).
    assert found["f1", "sad"].estimate.value == pytest.approx(20 / 22 - 20 / 25)
    assert all(one.corrected_p_value == 1 for one in second if one.emotion != "angry")


def test_an_emotion_without_clips_has_no_difference() -> None:
    (found,) = emotion_differences([(_counts(5), _counts(8))], LABELS, seed=0)
    for one in found:
        if one.emotion == "angry":
            assert np.isnan([one.estimate.value, one.p_value, one.corrected_p_value]).all()
            assert one.estimate.interval is None
