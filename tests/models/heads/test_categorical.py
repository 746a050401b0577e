from __future__ import annotations

import pytest
import torch
from torch import nn

from emotion_classifier.models.config import CategoricalHeadConfig


@pytest.mark.parametrize("hidden", [0, 7])
def test_one_logit_for_each_emotion(hidden: int) -> None:
    head = CategoricalHeadConfig(hidden=hidden).build(12, 5).eval()
    assert head(torch.randn(3, 12)).shape == (3, 5)
    assert sum(p.numel() for p in head.parameters()) == (
        12 * 7 + 7 + 7 * 5 + 5 if hidden else 12 * 5 + 5
    )


def test_drops_units_while_training_only() -> None:
    head = CategoricalHeadConfig(dropout=0.5).build(50, 4)
    embeddings = torch.ones(1, 50)
    torch.manual_seed(0)
    assert not torch.equal(head(embeddings), head(embeddings))
    head.eval()
    assert torch.equal(head(embeddings), head(embeddings))


def test_zero_embedding_gives_the_prior() -> None:
    head = CategoricalHeadConfig().build(6, 3).eval()
    head.set_prior([0.7, 0.2, 0.1])
    answers = head(torch.zeros(1, 6)).softmax(1)
    torch.testing.assert_close(answers, torch.tensor([[0.7, 0.2, 0.1]]))


def test_the_activation_of_the_hidden_layer() -> None:
    for name, expected in {"gelu": nn.GELU, "leaky_relu": nn.LeakyReLU}.items():
        config = CategoricalHeadConfig.model_validate({"hidden": 4, "activation": name})
        assert [type(layer) for layer in config.build(6, 3).layers][2] is expected
