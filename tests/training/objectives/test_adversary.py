from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from emotion_classifier.errors import ConfigError
from emotion_classifier.training.objectives.adversary import (
    SpeakerAdversary,
    reverse_gradient,
    warm_up,
)
from emotion_classifier.training.objectives.config import AdversaryConfig


def test_values_are_kept_and_their_gradient_is_reversed() -> None:
    values = torch.tensor([1.0, -2.0], requires_grad=True)
    passed = reverse_gradient(values, 0.25)
    assert torch.equal(passed, values)
    (gradient,) = torch.autograd.grad((passed * torch.tensor([4.0, 8.0])).sum(), values)
    assert gradient.tolist() == [-1.0, -2.0]


def test_the_weight_warms_up_as_in_the_paper() -> None:
    progresses = [0.0, 0.1, 0.5, 1.0]
    assert [warm_up(p) for p in progresses] == pytest.approx(
        [2 / (1 + math.exp(-10 * p)) - 1 for p in progresses]
    )


def test_the_embedding_learns_the_opposite_of_the_branch() -> None:
    torch.manual_seed(0)
    adversary = SpeakerAdversary(8, 3, weight=0.5, hidden=64)
    embeddings = torch.randn(5, 8, requires_grad=True)
    speakers = torch.tensor([0, 1, 2, 0, 1])

    def gradients(progress: float) -> tuple[torch.Tensor, torch.Tensor]:
        loss = F.cross_entropy(adversary(embeddings, progress), speakers)
        own, branch = torch.autograd.grad(loss, [embeddings, adversary.hidden.weight])
        return own, branch

    guesses = adversary.output(F.relu(adversary.hidden(embeddings)))
    plain = F.cross_entropy(guesses, speakers)
    expected, expected_branch = torch.autograd.grad(plain, [embeddings, adversary.hidden.weight])
    for progress in (0.0, 0.3, 1.0):
        own, branch = gradients(progress)
        assert torch.allclose(own, -0.5 * warm_up(progress) * expected)
        assert torch.equal(branch, expected_branch)


def speaker_left_in_the_embedding(weight: float) -> float:
    """How far the speaker moves an embedding that was trained for the emotion, next to that."""
    torch.manual_seed(0)
    emotions, speakers = torch.randint(0, 2, (2, 512))
    sounds = 2.0 * torch.stack([emotions, speakers], 1) - 1.0
    encoder, head = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    adversary = SpeakerAdversary(2, 2, weight=weight, hidden=16)
    parts = torch.nn.ModuleList([encoder, head, adversary])
    optimiser = torch.optim.AdamW(parts.parameters(), lr=0.003, weight_decay=0.0)
    for step in range(300):
        embeddings = encoder(sounds) + torch.randn(512, 2)
        loss = F.cross_entropy(head(embeddings), emotions)
        loss = loss + F.cross_entropy(adversary(embeddings, step / 300), speakers)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    emotion, speaker = encoder.weight.detach().norm(dim=0).tolist()
    return float(speaker / emotion)


def test_the_speaker_leaves_the_embedding() -> None:
    assert speaker_left_in_the_embedding(0.3) < 0.2 * speaker_left_in_the_embedding(0.0)


def test_fresh_weights_come_from_the_seed_and_leave_torchs_generator_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    one, same, other = (AdversaryConfig().build(8, 3, seed) for seed in (0, 0, 1))
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(one.hidden.weight, same.hidden.weight)
    assert not torch.equal(one.hidden.weight, other.hidden.weight)
    assert one(torch.zeros(2, 8), 0.5).shape == (2, 3)


def test_one_speaker_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"training\.adversary: .* has 1 speaker.* null"):
        AdversaryConfig().build(8, 1, 0)
