from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from emotion_classifier.training.objectives.config import (
    CrossEntropyConfig,
    FocalConfig,
    LogitAdjustedConfig,
    LossConfig,
)
from emotion_classifier.training.objectives.losses import (
    CrossEntropy,
    Focal,
    LogitAdjusted,
    class_weights,
)

COUNTS = torch.tensor([6.0, 2.0, 0.0, 1.0])
WEIGHTS = torch.tensor([0.5, 1.5, 2.0, 0.7])


def batch(seed: int = 0, clips: int = 7) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (clip, 4) and hard targets (clip,)."""
    generator = torch.Generator().manual_seed(seed)
    logits = 3.0 * torch.randn(clips, 4, generator=generator)
    return logits, torch.randint(0, 4, (clips,), generator=generator)


def shares(seed: int = 1, clips: int = 7) -> torch.Tensor:
    """Soft targets (clip, 4)."""
    return torch.rand(clips, 4, generator=torch.Generator().manual_seed(seed)).softmax(1)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [torch.ones(4), WEIGHTS])
def test_one_hot_targets_have_the_loss_of_torch(weights: torch.Tensor, smoothing: float) -> None:
    logits, truth = batch()
    found = CrossEntropy(weights, label_smoothing=smoothing)(logits, torch.eye(4)[truth])
    expected = F.cross_entropy(logits, truth, weights, label_smoothing=smoothing)
    assert torch.allclose(found, expected)


def test_soft_targets_have_the_loss_of_torch() -> None:
    logits, _ = batch()
    found = CrossEntropy(torch.ones(4), label_smoothing=0.1)(logits, shares())
    assert torch.allclose(found, F.cross_entropy(logits, shares(), label_smoothing=0.1))


def test_focal_with_a_gamma_of_zero_and_adjustment_by_zero_are_the_cross_entropy() -> None:
    logits, _ = batch()
    plain = CrossEntropy(WEIGHTS, label_smoothing=0.1)(logits, shares())
    focal = FocalConfig(gamma=0.0).build(COUNTS, WEIGHTS, 0.1)
    adjusted = LogitAdjustedConfig(tau=0.0).build(COUNTS, WEIGHTS, 0.1)
    assert torch.allclose(focal(logits, shares()), plain)
    assert torch.allclose(adjusted(logits, shares()), plain)


def test_focal_weighs_by_the_doubt() -> None:
    # Lin et al., equation 4: (1 - p)^gamma * -log p of the true emotion.
    logits, truth = batch()
    likelihood = logits.softmax(1)[torch.arange(7), truth]
    expected = ((1 - likelihood) ** 2 * -likelihood.log()).mean()
    assert torch.allclose(
        Focal(torch.ones(4), label_smoothing=0.0, gamma=2.0)(logits, torch.eye(4)[truth]), expected
    )


@pytest.mark.parametrize("gamma", [0.3, 2.0])
def test_focal_loss_has_a_finite_gradient_at_certainty(gamma: float) -> None:
    logits = torch.tensor([[200.0, 0.0, 0.0, 0.0]], requires_grad=True)
    loss = Focal(torch.ones(4), label_smoothing=0.0, gamma=gamma)(logits, torch.eye(4)[[0]])
    (slope,) = torch.autograd.grad(loss, logits)
    assert float(loss.detach()) == 0.0
    assert slope.isfinite().all()


def test_logits_are_adjusted_by_the_log_prior() -> None:
    # Menon et al., equation 10.
    logits, truth = batch()
    counts = torch.tensor([6.0, 2.0, 3.0, 1.0])
    loss = LogitAdjustedConfig(tau=2.0).build(counts, torch.ones(4), 0.0)
    expected = F.cross_entropy(logits + 2.0 * (counts / 12.0).log(), truth)
    assert torch.allclose(loss(logits, torch.eye(4)[truth]), expected)


def test_the_best_logits_under_adjustment_are_balanced() -> None:
    # Where the audio carries no information, the best logits are those of equally frequent emotions.
    counts = torch.tensor([6.0, 2.0, 1.0])
    logits = torch.zeros(3, requires_grad=True)
    loss = LogitAdjustedConfig().build(counts, torch.ones(3), 0.0)
    mean = loss(logits.expand(9, 3), torch.eye(3)[[0] * 6 + [1] * 2 + [2]])
    (slope,) = torch.autograd.grad(mean, logits)
    assert torch.allclose(slope, torch.zeros(3), atol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_an_emotion_without_clips_leaves_the_loss_finite(smoothing: float) -> None:
    loss = LogitAdjustedConfig().build(COUNTS, torch.ones(4), smoothing)
    logits, _ = batch()
    assert math.isfinite(loss(logits, torch.eye(4)[[0, 0, 1, 1, 3, 3, 0]]))


def test_weights_and_offsets_are_not_saved() -> None:
    assert not LogitAdjusted(WEIGHTS, label_smoothing=0.0, offsets=WEIGHTS).state_dict()


@pytest.mark.parametrize(
    ("settings", "built"),
    [(CrossEntropyConfig(), CrossEntropy), (FocalConfig(), Focal)],
)
def test_settings_build_their_loss(settings: LossConfig, built: type[CrossEntropy]) -> None:
    loss = settings.build(COUNTS, WEIGHTS, 0.2)
    assert type(loss) is built
    assert (loss.label_smoothing, loss.weights.tolist()) == (0.2, WEIGHTS.tolist())


def test_without_weights_every_emotion_counts_one() -> None:
    assert torch.equal(class_weights(COUNTS, "none"), torch.ones(4))


def test_inverse_frequency_gives_each_emotion_the_same_total() -> None:
    weights = class_weights(COUNTS, "inverse_frequency")
    assert (weights * COUNTS).tolist() == pytest.approx([3.0, 3.0, 0.0, 3.0])
    assert weights.dtype == torch.float32


def test_soft_counts_give_the_same_total_too() -> None:
    counts = torch.tensor([0.4, 7.25, 1.35])
    weights = class_weights(counts, "inverse_frequency")
    assert (weights * counts).tolist() == pytest.approx([3.0, 3.0, 3.0])


def test_an_emotion_without_clips_weighs_nothing() -> None:
    assert float(class_weights(COUNTS, "inverse_frequency")[2]) == 0.0


def test_a_balanced_corpus_needs_no_weights() -> None:
    assert torch.equal(class_weights(torch.full((3,), 4.0), "inverse_frequency"), torch.ones(3))
