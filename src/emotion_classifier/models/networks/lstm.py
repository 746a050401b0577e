"""LSTM: recurrent layers over the frames, and pooling over time."""

from __future__ import annotations

import torch
from torch import nn

from emotion_classifier.models.lengths import zero_padding
from emotion_classifier.models.networks.initialisation import initialise
from emotion_classifier.models.networks.recurrence import FrameLstm
from emotion_classifier.models.pooling import PoolingFactory


class Lstm(nn.Module):
    """A projection of the frames, LSTM layers, pooling over time (Mirsamadi et al., ICASSP 2017).

    Parameters
    ----------
    features : values in a frame.
    hidden, layers, bidirectional, frames_per_step, dropout : as in `LstmConfig`.
    pooling : builds the pooling for frames of so many features.
    """

    def __init__(
        self,
        features: int,
        *,
        hidden: int,
        layers: int,
        bidirectional: bool,
        frames_per_step: int,
        dropout: float,
        pooling: PoolingFactory,
    ) -> None:
        super().__init__()
        self.frames_per_step = frames_per_step
        self.steps = nn.AvgPool1d(frames_per_step)
        self.projection = nn.Sequential(nn.Linear(features, hidden), nn.GELU(), nn.Dropout(dropout))
        self.recurrence = FrameLstm(
            hidden, hidden, layers=layers, bidirectional=bidirectional, dropout=dropout
        )
        self.pooling = pooling(self.recurrence.output_features)
        self.minimum_frames = frames_per_step
        self.embedding_features = self.pooling.output_features
        initialise(self)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        steps = self.steps(zero_padding(features, lengths).transpose(1, 2)).transpose(1, 2)
        lengths = lengths // self.frames_per_step
        states = self.recurrence(self.projection(steps), lengths)
        return self.pooling(states, lengths)
