"""CNN + LSTM: residual convolutions followed by recurrent layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import nn

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.networks.convolution import ConvolutionStack
from emotion_classifier.models.networks.initialisation import initialise
from emotion_classifier.models.networks.recurrence import FrameLstm
from emotion_classifier.models.pooling import (
    AttentionPoolingConfig,
    PoolingConfig,
    PoolingFactory,
)


class CnnLstmConfig(StrictConfig):
    """Residual convolutions, LSTM layers, pooling over time, one after the other."""

    kind: Literal["cnn_lstm"] = "cnn_lstm"
    channels: Annotated[tuple[int, ...], Field(min_length=1, max_length=6)] = (16, 32, 64)
    """Channels of the residual blocks; each block halves frames and bins."""
    hidden: Annotated[int, Field(ge=1, le=4096)] = 128
    """Units of each direction of each LSTM layer."""
    layers: Annotated[int, Field(ge=1, le=8)] = 1
    """LSTM layers, one above the other."""
    bidirectional: bool = True
    """Whether each LSTM layer reads the clip backwards too."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Share of channels (convolutions) or units (LSTM) dropped while training."""
    pooling: PoolingConfig = AttentionPoolingConfig()
    """How the frames become one vector."""

    def build(self, features: int) -> CnnLstm:
        """The network for `features` values in a frame."""
        return CnnLstm(
            features,
            channels=self.channels,
            hidden=self.hidden,
            layers=self.layers,
            bidirectional=self.bidirectional,
            dropout=self.dropout,
            pooling=self.pooling.build,
        )


class CnnLstm(nn.Module):
    """Convolutions for local patterns, an LSTM for their order (Trigeorgis et al., ICASSP 2016).

    Parameters
    ----------
    features : values in a frame.
    channels, hidden, layers, bidirectional, dropout : as in `CnnLstmConfig`.
    pooling : builds the pooling for frames of so many features.
    """

    def __init__(
        self,
        features: int,
        *,
        channels: Sequence[int],
        hidden: int,
        layers: int,
        bidirectional: bool,
        dropout: float,
        pooling: PoolingFactory,
    ) -> None:
        super().__init__()
        self.convolutions = ConvolutionStack(features, channels=channels, dropout=dropout)
        self.projection = nn.Sequential(
            nn.Linear(self.convolutions.output_features, hidden), nn.GELU(), nn.Dropout(dropout)
        )
        self.recurrence = FrameLstm(
            hidden, hidden, layers=layers, bidirectional=bidirectional, dropout=dropout
        )
        self.pooling = pooling(self.recurrence.output_features)
        self.minimum_frames = self.convolutions.minimum_frames
        self.embedding_features = self.pooling.output_features
        initialise(self)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        sequences, lengths = self.convolutions(features, lengths)
        states = self.recurrence(self.projection(sequences), lengths)
        return self.pooling(states, lengths)
