from __future__ import annotations

import numpy as np

from emotion_classifier.emotions import LabelSet
from emotion_classifier.experiments.release.unseen_clips import widened


def test_logits_of_fewer_emotions_leave_the_others_without_probability() -> None:
    logits = np.array([[1.0, 2.0]], np.float32)
    wide = widened(logits, LabelSet(("happy", "neutral")), LabelSet(("neutral", "calm", "happy")))
    probabilities = np.exp(wide / 20) / np.exp(wide / 20).sum()
    assert probabilities[0, 1] == 0.0
    assert wide[0, [2, 0]].tolist() == [1.0, 2.0]
