"""Mel-frequency cepstral coefficients, with their changes over time."""

from __future__ import annotations

import math

import torch

from emotion_classifier.models.frontends.log_mel import LogMel, LogMelDeltas


class Mfcc(LogMelDeltas):
    """Waveforms to cepstral coefficients, equal to librosa's of the same log-mel spectrogram.

    An orthonormal cosine transform (type II) over the mel bands (Davis and Mermelstein, 1980),
    followed by slopes.

    Parameters
    ----------
    log_mel : the front-end for the spectrogram.
    n_mfcc, deltas : as in `MfccConfig`.
    """

    cosines: torch.Tensor

    def __init__(self, log_mel: LogMel, *, n_mfcc: int, deltas: int) -> None:
        super().__init__(log_mel, deltas=deltas)
        self.features = n_mfcc * (1 + deltas)
        self.register_buffer("cosines", cosines(log_mel.features, n_mfcc), persistent=False)

    def static(self, waveforms: torch.Tensor) -> torch.Tensor:
        """The coefficients (batch, frame, coefficient)."""
        return super().static(waveforms) @ self.cosines


def cosines(mels: int, n_mfcc: int) -> torch.Tensor:
    """The first `n_mfcc` orthonormal cosines (type II) over `mels` bands: (mel, coefficient)."""
    bands = torch.arange(mels, dtype=torch.float64)[:, None] + 0.5
    orders = torch.arange(n_mfcc, dtype=torch.float64)[None, :]
    basis = torch.cos(math.pi / mels * bands * orders) * math.sqrt(2.0 / mels)
    basis[:, 0] /= math.sqrt(2.0)
    return basis.float()
