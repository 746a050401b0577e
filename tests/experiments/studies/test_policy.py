from __future__ import annotations

import numpy as np

from emotion_classifier.experiments.studies.policy import best_levels

EMOTIONS = ("happy", "sad", "calm")


def test_each_emotion_takes_the_level_of_its_highest_score() -> None:
    none = np.array([[[8, 2, 0], [5, 5, 0], [0, 5, 5]]])
    noise = np.array([[[6, 4, 0], [1, 9, 0], [0, 5, 5]]])
    assert best_levels({"none": none, "noise": noise}, EMOTIONS, "recall") == {
        "happy": "none",
        "sad": "noise",
        "calm": "none",  # equal: the first
    }


def test_score_that_is_not_defined_never_wins() -> None:
    never = np.array([[[0, 0, 0], [0, 5, 0], [0, 0, 5]]])
    some = np.array([[[0, 0, 0], [1, 4, 0], [0, 0, 5]]])
    found = best_levels({"never": never, "some": some}, EMOTIONS, "f1")
    assert found["happy"] == "some"
