from __future__ import annotations

from typing import Any

import pytest
import torch

from emotion_classifier.models.encoders.attention import attention, by_products, is_slow

MASK = torch.arange(9)[None, None, None] < torch.tensor([9, 4])[:, None, None, None]


Inputs = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def queries(dtype: torch.dtype = torch.float32, frames: int = 9) -> Inputs:
    """Query, key and value (batch, head, frame, feature) that need a gradient."""
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(3, 2, 2, frames, 8, generator=generator)
    query, key, value = (one.requires_grad_() for one in values.to(dtype))
    return query, key, value


def gradients(found: torch.Tensor, inputs: Inputs) -> tuple[torch.Tensor, ...]:
    return torch.autograd.grad(found.square().sum(), inputs)


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("scaling", [None, 1.0, 0.5])
def test_products_are_the_attention_of_torch(mask: torch.Tensor | None, scaling: Any) -> None:
    inputs = queries()
    found = by_products(*inputs, mask, 0.0, scaling)
    expected, weights = attention(None, *inputs, mask, scaling=scaling)
    assert weights is None
    torch.testing.assert_close(found.transpose(1, 2), expected, rtol=1e-4, atol=1e-5)
    for one, other in zip(gradients(found, inputs), gradients(expected, inputs), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def test_training_in_bf16_takes_the_products_and_comes_close_to_float32() -> None:
    inputs = queries(torch.bfloat16)
    found, _ = attention(None, *inputs, MASK)
    assert torch.equal(found, by_products(*inputs, MASK, 0.0, None).transpose(1, 2))
    query, key, value = (one.detach().float() for one in inputs)
    exact, _ = attention(None, query, key, value, MASK)
    assert (found.float() - exact).abs().max() < 0.03


def test_the_kernel_of_torch_is_slow_in_training_of_short_clips_in_bf16() -> None:
    short, full = queries(torch.bfloat16)[0], queries()[0]
    (long, *_) = queries(torch.bfloat16, frames=1500)
    assert [is_slow(query) for query in (short, short.detach(), full, long)] == [
        True,
        False,
        False,
        False,
    ]
    with torch.no_grad():
        assert not is_slow(short)
