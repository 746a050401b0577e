from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from transformers.models.wavlm.modeling_wavlm import WavLMAttention

from emotion_classifier.models.encoders.families.wavlm_attention import attend, use_fast_attention
from emotion_classifier.models.lengths import frame_mask


@pytest.fixture
def attention() -> Any:
    torch.manual_seed(0)
    return WavLMAttention(16, 2).eval()


def test_output_equals_that_of_transformers(attention: Any) -> None:
    hidden = torch.randn(3, 7, 16)
    bias = torch.randn(6, 7, 7)
    lengths = torch.tensor([7, 4, 1])
    inside = frame_mask(lengths, 7)
    with torch.no_grad():
        # what it masks must be of the bias's type, or torch warns
        added = torch.zeros(3, 7).masked_fill(~inside, float("-inf"))
        wanted = _by_transformers(attention, hidden, added, bias)
        found, _ = attend(attention, hidden, inside[:, None, None, :], bias)
        unmasked, _ = attend(attention, hidden[:1], None, bias[:2])
    assert (found - wanted)[inside].abs().max() <= 1e-6
    assert (unmasked[0] - wanted[0]).abs().max() <= 1e-6


def _by_transformers(
    attention: Any, hidden: torch.Tensor, added: torch.Tensor, bias: torch.Tensor
) -> torch.Tensor:
    """The output of transformers, with the mask already in the bias."""
    heads = added[:, None, None, :].expand(-1, 2, -1, -1).reshape(-1, 1, added.shape[1])
    answer: torch.Tensor = attention.torch_multi_head_self_attention(hidden, None, bias + heads)[0]
    return answer


class _Louder(nn.Module):
    """An adapter: it wraps a layer and changes its output."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer
        self.weight, self.bias = layer.weight, layer.bias

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = 3.0 * self.layer(inputs)
        return answer


@pytest.mark.parametrize("name", ["q_proj", "k_proj", "v_proj", "out_proj"])
def test_adapters_around_projections_change_the_output(attention: Any, name: str) -> None:
    use_fast_attention(attention)
    hidden = torch.randn(1, 5, 16)
    with torch.no_grad():
        before = attention(hidden)[0]
        setattr(attention, name, _Louder(getattr(attention, name)))
        assert (attention(hidden)[0] - before).abs().max() > 1e-3
