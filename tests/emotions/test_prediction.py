from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN

LABELS = LabelSet(("neutral", "sad"))
SAD = np.array([0.25, 0.75], np.float32)


@pytest.mark.parametrize(
    ("shares", "answer"),
    [
        (None, "sad"),
        ({"neutral": 0.0, "sad": 1.0, UNCERTAIN: 0.0}, "sad"),
        ({"neutral": 0.1, "sad": 0.2, UNCERTAIN: 0.7}, "sad"),
        ({"neutral": 0.5, "sad": 0.5, UNCERTAIN: 0.0}, "sad"),
        ({"neutral": 0.6, "sad": 0.4, UNCERTAIN: 0.0}, UNCERTAIN),
        ({"neutral": 0.0, "sad": 0.0, UNCERTAIN: 1.0}, UNCERTAIN),
    ],
)
def test_an_emotion_needs_the_largest_share_of_the_emotions(
    shares: dict[str, float] | None, answer: str
) -> None:
    assert Prediction(LABELS, SAD, 60.0, shares=shares).answer == answer


def test_an_emotion_needs_confidence_and_speech() -> None:
    assert Prediction(LABELS, SAD, 5.0, uncertain_below=0.75).answer == "sad"
    assert Prediction(LABELS, SAD, 5.0, uncertain_below=0.76).answer == UNCERTAIN
    assert Prediction(LABELS, SAD, 5.0, has_speech=False).answer == NO_SPEECH
