from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from emotion_classifier.evaluation.changed_clips import changed_clips
from emotion_classifier.evaluation.predictions import LabelledPredictions


def test_clips_that_became_correct_and_wrong(
    make_clips: Callable[..., LabelledPredictions],
) -> None:
    clips = make_clips(1, 4)  # neutral, happy, sad, angry
    names = clips.labels.names

    def predicting(*emotions: int) -> LabelledPredictions:
        shares = np.eye(4, dtype=np.float32)[list(emotions)]
        return dataclasses.replace(clips, probabilities=shares)

    found = changed_clips(predicting(0, 0, 2, 1), predicting(0, 1, 3, 0))
    (corrected,), (wrong,) = found.corrected, found.newly_wrong
    assert (corrected.id, corrected.speaker, corrected.file) == ("toy/0-1", "toy/0", "toy/0-1.wav")
    assert (corrected.true, corrected.first, corrected.second) == ("happy", "neutral", "happy")
    assert (wrong.true, wrong.first, wrong.second) == ("sad", "sad", names[3])
