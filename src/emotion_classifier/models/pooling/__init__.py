"""From frames to one vector, ignoring what stands behind a clip's end."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.models.pooling.attention import AttentionPooling, AttentionPoolingConfig
from emotion_classifier.models.pooling.mean import MeanPooling, MeanPoolingConfig
from emotion_classifier.models.pooling.statistics import StatisticsPooling, StatisticsPoolingConfig

PoolingConfig = Annotated[
    MeanPoolingConfig | StatisticsPoolingConfig | AttentionPoolingConfig,
    Field(discriminator="kind"),
]

__all__ = [
    "AttentionPooling",
    "AttentionPoolingConfig",
    "MeanPooling",
    "MeanPoolingConfig",
    "PoolingConfig",
    "StatisticsPooling",
    "StatisticsPoolingConfig",
]
