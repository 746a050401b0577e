from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from emotion_classifier.errors import ConfigError
from emotion_classifier.training.objectives.config import (
    CrossEntropyConfig,
    FocalConfig,
    LogitAdjustedConfig,
    LossConfig,
)
from emotion_classifier.training.objectives.emotion_counts import EmotionCounts
from emotion_classifier.training.objectives.losses import (
    CrossEntropy,
    Focal,
    LogitAdjusted,
    class_weights,
    emotion_factors,
)
from emotion_classifier.training.objectives.mixing import Blend

COUNTS = torch.tensor([[6.0, 2.0, 0.0, 1.0]])
WEIGHTS = torch.tensor([[0.5, 1.5, 2.0, 0.7]])
ONES = torch.ones(1, 4)
ALL = torch.ones(1, 4, dtype=torch.bool)
ROWS = torch.zeros(7, dtype=torch.int64)


def batch(seed: int = 0, clips: int = 7) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (clip, 4) and hard targets (clip,)."""
    generator = torch.Generator().manual_seed(seed)
    logits = 3.0 * torch.randn(clips, 4, generator=generator)
    return logits, torch.randint(0, 4, (clips,), generator=generator)


def shares(seed: int = 1, clips: int = 7) -> torch.Tensor:
    """Soft targets (clip, 4)."""
    return torch.rand(clips, 4, generator=torch.Generator().manual_seed(seed)).softmax(1)


def counted(counts: torch.Tensor) -> EmotionCounts:
    """One row of counts for all clips."""
    return EmotionCounts(counts, torch.ones_like(counts).bool(), ROWS)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [ONES, WEIGHTS])
def test_one_hot_targets_have_the_loss_of_torch(weights: torch.Tensor, smoothing: float) -> None:
    logits, truth = batch()
    loss = CrossEntropy(weights, ALL, label_smoothing=smoothing)
    found = loss(logits, torch.eye(4)[truth], ROWS)
    expected = F.cross_entropy(logits, truth, weights[0], label_smoothing=smoothing)
    assert torch.allclose(found, expected)


def test_soft_targets_have_the_loss_of_torch() -> None:
    logits, _ = batch()
    found = CrossEntropy(ONES, ALL, label_smoothing=0.1)(logits, shares(), ROWS)
    assert torch.allclose(found, F.cross_entropy(logits, shares(), label_smoothing=0.1))


def test_focal_with_a_gamma_of_zero_and_adjustment_by_zero_are_the_cross_entropy() -> None:
    logits, _ = batch()
    plain = CrossEntropy(WEIGHTS, ALL, label_smoothing=0.1)(logits, shares(), ROWS)
    focal = FocalConfig(gamma=0.0).build(counted(COUNTS), WEIGHTS, 0.1)
    adjusted = LogitAdjustedConfig(tau=0.0).build(counted(COUNTS), WEIGHTS, 0.1)
    assert torch.allclose(focal(logits, shares(), ROWS), plain)
    assert torch.allclose(adjusted(logits, shares(), ROWS), plain)


def test_focal_weighs_by_the_doubt() -> None:
    # Lin et al., equation 4: (1 - p)^gamma * -log p of the true emotion.
    logits, truth = batch()
    likelihood = logits.softmax(1)[torch.arange(7), truth]
    expected = ((1 - likelihood) ** 2 * -likelihood.log()).mean()
    loss = Focal(ONES, ALL, label_smoothing=0.0, gamma=2.0)
    assert torch.allclose(loss(logits, torch.eye(4)[truth], ROWS), expected)


@pytest.mark.parametrize("gamma", [0.3, 2.0])
def test_focal_loss_has_a_finite_gradient_at_certainty(gamma: float) -> None:
    logits = torch.tensor([[200.0, 0.0, 0.0, 0.0]], requires_grad=True)
    loss = Focal(ONES, ALL, label_smoothing=0.0, gamma=gamma)(logits, torch.eye(4)[[0]], ROWS[:1])
    (slope,) = torch.autograd.grad(loss, logits)
    assert float(loss.detach()) == 0.0
    assert slope.isfinite().all()


def test_logits_are_adjusted_by_the_log_prior() -> None:
    # Menon et al., equation 10.
    logits, truth = batch()
    counts = torch.tensor([[6.0, 2.0, 3.0, 1.0]])
    loss = LogitAdjustedConfig(tau=2.0).build(counted(counts), ONES, 0.0)
    expected = F.cross_entropy(logits + 2.0 * (counts / 12.0).log(), truth)
    assert torch.allclose(loss(logits, torch.eye(4)[truth], ROWS), expected)


def test_the_best_logits_under_adjustment_are_balanced() -> None:
    # Where the audio carries no information, the best logits are those of equally frequent emotions.
    counts = torch.tensor([[6.0, 2.0, 1.0]])
    logits = torch.zeros(3, requires_grad=True)
    loss = LogitAdjustedConfig().build(counted(counts), torch.ones(1, 3), 0.0)
    mean = loss(logits.expand(9, 3), torch.eye(3)[[0] * 6 + [1] * 2 + [2]], ROWS[[0] * 9])
    (slope,) = torch.autograd.grad(mean, logits)
    assert torch.allclose(slope, torch.zeros(3), atol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_an_emotion_without_clips_leaves_the_loss_finite(smoothing: float) -> None:
    loss = LogitAdjustedConfig().build(counted(COUNTS), ONES, smoothing)
    logits, _ = batch()
    assert math.isfinite(loss(logits, torch.eye(4)[[0, 0, 1, 1, 3, 3, 0]], ROWS))


def test_weights_and_offsets_are_not_saved() -> None:
    assert not LogitAdjusted(WEIGHTS, ALL, label_smoothing=0.0, offsets=WEIGHTS).state_dict()


@pytest.mark.parametrize(
    ("settings", "built"),
    [(CrossEntropyConfig(), CrossEntropy), (FocalConfig(), Focal)],
)
def test_settings_build_their_loss(settings: LossConfig, built: type[CrossEntropy]) -> None:
    loss = settings.build(counted(COUNTS), WEIGHTS, 0.2)
    assert type(loss) is built
    assert (loss.label_smoothing, loss.weights.tolist()) == (0.2, WEIGHTS.tolist())


def test_without_weights_every_emotion_counts_one() -> None:
    assert torch.equal(class_weights(COUNTS, "none"), ONES)


def test_inverse_frequency_gives_each_emotion_the_same_total() -> None:
    weights = class_weights(COUNTS, "inverse_frequency")
    assert (weights * COUNTS)[0].tolist() == pytest.approx([3.0, 3.0, 0.0, 3.0])
    assert weights.dtype == torch.float32


def test_soft_counts_give_the_same_total_too() -> None:
    counts = torch.tensor([[0.4, 7.25, 1.35]])
    weights = class_weights(counts, "inverse_frequency")
    assert (weights * counts)[0].tolist() == pytest.approx([3.0, 3.0, 3.0])


def test_an_emotion_without_clips_weighs_nothing() -> None:
    assert float(class_weights(COUNTS, "inverse_frequency")[0, 2]) == 0.0


def test_a_balanced_corpus_needs_no_weights() -> None:
    assert torch.equal(
        class_weights(torch.full((1, 3), 4.0), "inverse_frequency"), torch.ones(1, 3)
    )


# Three emotions in the first corpus, two in the second, which share emotion 1; 3 is in neither.
TWO = torch.tensor([[4.0, 2.0, 6.0, 0.0], [0.0, 5.0, 0.0, 3.0]])
HAS = TWO > 0
BOTH = EmotionCounts(TWO, HAS, ROWS)
LOSSES: list[LossConfig] = [CrossEntropyConfig(), FocalConfig(), LogitAdjustedConfig()]


def of_two_corpora(settings: LossConfig, smoothing: float = 0.1) -> CrossEntropy:
    return settings.build(BOTH, class_weights(TWO, "inverse_frequency"), smoothing)


def test_each_corpus_has_weights_of_its_own() -> None:
    # Emotion 1 is the rarest of the first corpus and the most frequent of the second.
    totals = class_weights(TWO, "inverse_frequency") * TWO
    assert totals.tolist() == [[4.0, 4.0, 4.0, 0.0], [0.0, 4.0, 0.0, 4.0]]


@pytest.mark.parametrize("settings", LOSSES)
def test_a_clip_has_the_loss_of_its_own_emotions(settings: LossConfig) -> None:
    logits, _ = batch()
    truth, corpora = torch.tensor([0, 1, 2, 1, 3, 3, 2]), torch.tensor([0, 0, 0, 1, 1, 1, 0])
    found = of_two_corpora(settings)(logits, torch.eye(4)[truth], corpora)
    total, weight = 0.0, 0.0
    for corpus, emotions in enumerate(([0, 1, 2], [1, 3])):
        clips, counts = corpora == corpus, TWO[corpus : corpus + 1, emotions]
        weights = class_weights(counts, "inverse_frequency")
        alone = settings.build(counted(counts), weights, 0.1)
        targets = torch.eye(4)[truth[clips]][:, emotions]
        share = float((weights * targets).sum())
        loss = alone(logits[clips][:, emotions], targets, ROWS[: len(targets)])
        total, weight = total + share * float(loss), weight + share
    assert float(found) == pytest.approx(total / weight, rel=1e-5)


@pytest.mark.parametrize("settings", LOSSES)
def test_an_absent_emotion_has_no_gradient(settings: LossConfig) -> None:
    logits = (30.0 * batch()[0]).requires_grad_()
    corpora = torch.tensor([0, 0, 0, 1, 1, 1, 0])
    targets = torch.eye(4)[[0, 1, 2, 1, 3, 3, 2]]
    (slope,) = torch.autograd.grad(of_two_corpora(settings)(logits, targets, corpora), logits)
    assert slope.isfinite().all()
    assert (slope[~HAS[corpora]] == 0.0).all()


@pytest.mark.parametrize("settings", LOSSES)
def test_in_a_mixture_the_emotions_of_both_corpora_compete(settings: LossConfig) -> None:
    corpora = torch.tensor([0, 0, 0, 1, 1, 1, 0])
    blend = Blend(
        torch.tensor([3, 1, 5, 0, 4, 2, 6]), torch.tensor([0.7, 0.5, 1.0, 0.2, 0.5, 0.0, 1.0])
    )
    targets = blend.targets(torch.eye(4)[[0, 1, 2, 1, 3, 3, 2]])
    logits = batch()[0].requires_grad_()
    loss = of_two_corpora(settings)(logits, targets, corpora, blend)
    (slope,) = torch.autograd.grad(loss, logits)
    first, second = HAS.tolist()
    union = [True, True, True, True]
    assert (slope != 0.0).tolist() == [union, first, first, union, second, first, first]


@pytest.mark.parametrize("settings", LOSSES)
def test_a_mixture_within_a_corpus_is_that_of_the_corpus_alone(settings: LossConfig) -> None:
    blend = Blend(torch.tensor([1, 2, 0]), torch.tensor([0.7, 0.3, 1.0]))
    targets = blend.targets(torch.eye(4)[[0, 1, 2]])
    logits = batch()[0][:3]
    loss = of_two_corpora(settings)
    assert torch.equal(loss(logits, targets, ROWS[:3], blend), loss(logits, targets, ROWS[:3]))


def test_factors_of_emotions_are_one_unless_chosen() -> None:
    factors = emotion_factors({"neutral": 2.0}, ["angry", "neutral", "sad"])
    assert factors.tolist() == [1.0, 2.0, 1.0]
    with pytest.raises(ConfigError, match="bored"):
        emotion_factors({"bored": 2.0}, ["angry", "neutral"])
