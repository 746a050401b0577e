"""CNN + LSTM: residual convolutions, then recurrent layers over what they see."""

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
from emotion_classifier.models.pooling import AttentionPoolingConfig, PoolingConfig

_DEFAULT_POOLING = AttentionPoolingConfig()


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
    pooling: PoolingConfig = _DEFAULT_POOLING
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
            pooling=self.pooling,
        )


class CnnLstm(nn.Module):
    """Convolutions see local patterns, the LSTM their order (Trigeorgis et al., ICASSP 2016).

    Parameters
    ----------
    features : values in a frame.
    channels, hidden, layers, bidirectional, dropout : as in `CnnLstmConfig`.
    pooling : makes the pooling module for the width it is given.
    """

    def __init__(
        self,
        features: int,
        *,
        channels: Sequence[int] = (16, 32, 64),
        hidden: int = 128,
        layers: int = 1,
        bidirectional: bool = True,
        dropout: float = 0.1,
        pooling: PoolingConfig = _DEFAULT_POOLING,
    ) -> None:
        super().__init__()
        self.convolutions = ConvolutionStack(features, channels, [(2, 2)] * len(channels), dropout)
        self.projection = nn.Sequential(
            nn.Linear(self.convolutions.output_features, hidden), nn.GELU(), nn.Dropout(dropout)
        )
        self.recurrence = FrameLstm(
            hidden, hidden, layers=layers, bidirectional=bidirectional, dropout=dropout
        )
        self.pooling = pooling.build(self.recurrence.output_features)
        self.minimum_frames = self.convolutions.minimum_frames
        self.embedding_features = self.pooling.output_features
        initialise(self)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        sequences, lengths = self.convolutions(features, lengths)
        states = self.recurrence(self.projection(sequences), lengths)
        pooled: torch.Tensor = self.pooling(states, lengths)
        return pooled
