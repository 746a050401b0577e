"""Networks, from features to one embedding of a clip: one architecture per file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.models.custom import CustomNetworkConfig
from emotion_classifier.models.networks.acnt import AcntConfig
from emotion_classifier.models.networks.attention import AttentionConfig
from emotion_classifier.models.networks.cnn import CnnConfig
from emotion_classifier.models.networks.cnn_lstm import CnnLstmConfig
from emotion_classifier.models.networks.lstm import LstmConfig
from emotion_classifier.models.networks.mlp import MlpConfig
from emotion_classifier.models.networks.parallel import ParallelConfig

NetworkConfig = Annotated[
    AcntConfig
    | ParallelConfig
    | CnnConfig
    | CnnLstmConfig
    | LstmConfig
    | AttentionConfig
    | MlpConfig
    | CustomNetworkConfig,
    Field(discriminator="kind"),
]

__all__ = [
    "AcntConfig",
    "AttentionConfig",
    "CnnConfig",
    "CnnLstmConfig",
    "CustomNetworkConfig",
    "LstmConfig",
    "MlpConfig",
    "NetworkConfig",
    "ParallelConfig",
]
