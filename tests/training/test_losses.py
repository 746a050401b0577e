from __future__ import annotations

import numpy as np
import pytest
import torch

from emotion_classifier.training.losses import class_weights

TARGETS = np.array([0, 0, 0, 0, 0, 0, 1, 1, 3], dtype=np.int64)


def test_without_weights_every_emotion_counts_one() -> None:
    assert torch.equal(class_weights(TARGETS, 4, "none"), torch.ones(4))


def test_inverse_frequency_gives_each_emotion_the_same_total() -> None:
    weights = class_weights(TARGETS, 4, "inverse_frequency")
    totals = weights * torch.tensor([6.0, 2.0, 0.0, 1.0])
    assert totals.tolist() == pytest.approx([3.0, 3.0, 0.0, 3.0])
    assert weights.dtype == torch.float32


def test_weights_average_one_over_the_clips() -> None:
    weights = class_weights(TARGETS, 4, "inverse_frequency")
    assert float(weights[torch.from_numpy(TARGETS)].mean()) == pytest.approx(1.0)


def test_an_emotion_without_clips_weighs_nothing() -> None:
    assert float(class_weights(TARGETS, 4, "inverse_frequency")[2]) == 0.0


def test_a_balanced_corpus_needs_no_weights() -> None:
    balanced = np.array([0, 1, 2, 0, 1, 2], dtype=np.int64)
    assert torch.equal(class_weights(balanced, 3, "inverse_frequency"), torch.ones(3))
