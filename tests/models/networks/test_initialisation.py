from __future__ import annotations

import math

import torch
from torch import nn

from emotion_classifier.models.networks.initialisation import initialise


def test_convolutions_keep_the_variance_of_their_inputs() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(64, 128, 3)
    initialise(nn.Sequential(layer))
    expected = math.sqrt(2 / (1 + 0.01**2) / (64 * 9))
    assert abs(float(layer.weight.detach().std()) / expected - 1) < 0.02
    assert layer.bias is not None and not layer.bias.any()


def test_linear_weights_are_uniform_within_xaviers_bound() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(100, 50)
    initialise(nn.Sequential(layer))
    bound = math.sqrt(6 / 150)
    assert 0.98 * bound < float(layer.weight.detach().abs().max()) <= bound
    assert not layer.bias.any()


def test_attention_is_initialised_like_a_linear_layer() -> None:
    torch.manual_seed(0)
    layer = nn.MultiheadAttention(32, 4)
    initialise(nn.Sequential(layer))
    bound = math.sqrt(6 / (32 + 96))
    assert 0.98 * bound < float(layer.in_proj_weight.detach().abs().max()) <= bound
