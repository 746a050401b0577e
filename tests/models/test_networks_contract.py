"""Contract tests of every network, with every option that changes its shape."""

from __future__ import annotations

from typing import get_args

import pytest

from emotion_classifier.models.custom import CustomNetworkConfig
from emotion_classifier.models.networks.config import (
    AcntConfig,
    AttentionConfig,
    CnnConfig,
    CnnLstmConfig,
    LstmConfig,
    MlpConfig,
    NetworkConfig,
    ParallelConfig,
)
from emotion_classifier.models.pooling.config import (
    AttentionPoolingConfig,
    MeanPoolingConfig,
    StatisticsPoolingConfig,
)
from emotion_classifier.testing.networks import check_network, check_network_export

NETWORKS = {
    "acnt": AcntConfig(),
    "acnt without transformer": AcntConfig(use_transformer=False),
    "acnt, fewer poolings": AcntConfig(channels=(8, 8), poolings=1),
    "acnt, odd shape": AcntConfig(
        channels=(8,), transformer_dim=8, transformer_layers=1, transformer_heads=8
    ),
    "parallel": ParallelConfig(),
    "parallel, one block": ParallelConfig(channels=(8,), transformer_layers=1),
    "cnn, mean": CnnConfig(pooling=MeanPoolingConfig()),
    "cnn, statistics": CnnConfig(pooling=StatisticsPoolingConfig()),
    "cnn, attention": CnnConfig(pooling=AttentionPoolingConfig()),
    "cnn_lstm": CnnLstmConfig(),
    "cnn_lstm, forwards, two layers": CnnLstmConfig(
        channels=(8,), hidden=16, layers=2, bidirectional=False
    ),
    "lstm": LstmConfig(),
    "lstm, forwards, every frame": LstmConfig(
        hidden=16, layers=1, bidirectional=False, frames_per_step=1, pooling=MeanPoolingConfig()
    ),
    "attention": AttentionConfig(),
    "attention, every frame": AttentionConfig(
        width=16, heads=1, layers=1, frames_per_step=1, pooling=StatisticsPoolingConfig()
    ),
    "custom": CustomNetworkConfig(target="tests.models.test_custom:MeanNetwork"),
    "mlp": MlpConfig(),
    "mlp, one layer": MlpConfig(hidden=(16,)),
    "mlp, attention": MlpConfig(pooling=AttentionPoolingConfig(hidden=16)),
}
# Writing a graph takes seconds. The graphs of these have no operators that others do not have.
NOT_EXPORTED = {
    "acnt",
    "acnt without transformer",
    "acnt, fewer poolings",
    "parallel",
    "cnn, mean",
    "cnn, attention",
    "cnn_lstm",
    "attention",
    "mlp, one layer",
}
EXPORTED = sorted(NETWORKS.keys() - NOT_EXPORTED)


def test_every_network_is_tested() -> None:
    family = set(get_args(get_args(NetworkConfig)[0]))
    assert {type(config) for config in NETWORKS.values()} == family
    assert {type(NETWORKS[name]) for name in EXPORTED} == family


@pytest.mark.parametrize("config", NETWORKS.values(), ids=NETWORKS.keys())
def test_network_passes_the_contract(config: NetworkConfig) -> None:
    check_network(config)


@pytest.mark.parametrize("config", [NETWORKS[name] for name in EXPORTED], ids=EXPORTED)
@pytest.mark.slow
def test_network_exports(config: NetworkConfig) -> None:
    check_network_export(config)
