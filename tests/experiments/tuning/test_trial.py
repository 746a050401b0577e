from __future__ import annotations

import math

import pytest

from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.experiments.tuning.trial import Objective
from emotion_classifier.runs.history import EpochRow
from emotion_classifier.training.checkpoints.selection import Fitted

UNKNOWN = dict.fromkeys(METRICS, math.nan)


@pytest.mark.parametrize(
    ("fitted", "score"),
    [
        (Fitted(None, 2, 0.4, 0), 0.4),  # type: ignore[arg-type]
        (Fitted(None, 2, 0.7, 0, averaged_epochs=(1, 2)), 0.7),  # type: ignore[arg-type]
        (Fitted(None, 2, 0.7, 0, kept_share=0.5), 0.7),  # type: ignore[arg-type]
    ],
)
def test_a_fold_is_scored_by_the_weights_of_the_finished_model(
    fitted: Fitted, score: float
) -> None:
    history = [
        EpochRow(epoch, 1.0, 1.0, {**UNKNOWN, "uar": uar}, UNKNOWN, 0.1, 1.0)
        for epoch, uar in ((1, 0.3), (2, 0.4))
    ]
    assert Objective("uar", 2)._of_fold(fitted, history) == score
