"""Contract tests of every pooling."""

from __future__ import annotations

from typing import get_args

import pytest

from emotion_classifier.models.pooling.config import (
    AttentionPoolingConfig,
    MeanPoolingConfig,
    PoolingConfig,
    StatisticsPoolingConfig,
)
from emotion_classifier.testing.networks import check_pooling

POOLINGS = (MeanPoolingConfig(), StatisticsPoolingConfig(), AttentionPoolingConfig(hidden=5))


def test_every_pooling_is_tested() -> None:
    assert {type(config) for config in POOLINGS} == set(get_args(get_args(PoolingConfig)[0]))


@pytest.mark.parametrize("config", POOLINGS, ids=lambda config: config.kind)
def test_pooling_passes_the_contract(config: PoolingConfig) -> None:
    check_pooling(config)
