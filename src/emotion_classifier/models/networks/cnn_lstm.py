"""CNN + LSTM: residual convolutions followed by recurrent layers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from emotion_classifier.models.networks.convolution import ConvolutionStack
from emotion_classifier.models.networks.initialisation import initialise
from emotion_classifier.models.networks.recurrence import FrameLstm
from emotion_classifier.models.pooling import PoolingFactory


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
