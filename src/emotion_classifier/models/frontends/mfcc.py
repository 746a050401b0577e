"""Mel-frequency cepstral coefficients, with their changes over time."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

from emotion_classifier.models.frontends.log_mel import LogMel
from emotion_classifier.models.lengths import hold_last_frame

_DELTA_REACH = 4
"""Frames on either side that a slope is taken over: nine in all, as in librosa."""


class Mfcc(nn.Module):
    """Waveforms to cepstral coefficients, equal to librosa's of the same log-mel spectrogram.

    An orthonormal cosine transform (type II) over the mel bands (Davis and Mermelstein, 1980).
    Slopes are the regression over nine frames of the HTK Book (5.9); beyond a clip's ends its first
    and last frame are repeated, so padding changes nothing.

    Parameters
    ----------
    log_mel : the front-end for the spectrogram.
    n_mfcc, deltas : as in `MfccConfig`.
    """

    cosines: torch.Tensor
    slope: torch.Tensor

    def __init__(self, log_mel: LogMel, *, n_mfcc: int, deltas: int) -> None:
        super().__init__()
        self.log_mel = log_mel
        self.hop_length = log_mel.hop_length
        self.deltas = deltas
        self.features = n_mfcc * (1 + deltas)
        self.register_buffer("cosines", cosines(log_mel.features, n_mfcc), persistent=False)
        steps = torch.arange(-_DELTA_REACH, _DELTA_REACH + 1, dtype=torch.float32)
        self.register_buffer("slope", steps / steps.square().sum(), persistent=False)

    def minimum_samples(self, frames: int) -> int:
        """The shortest waveform that has as many frames."""
        return self.log_mel.minimum_samples(frames)

    def frame_lengths(self, lengths: torch.Tensor) -> torch.Tensor:
        """Frames (batch,) of waveforms of `lengths` samples (batch,)."""
        return self.log_mel.frame_lengths(lengths)

    def forward(self, waveforms: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Features (batch, frame, feature), the coefficients first, then each order of slopes.

        Parameters
        ----------
        waveforms : (batch, sample).
        lengths : (batch,) samples of each clip; None where all are whole.
        """
        with torch.autocast(waveforms.device.type, enabled=False):
            orders = [self.log_mel(waveforms) @ self.cosines]
            for _ in range(self.deltas):
                orders.append(self._slopes(orders[-1], lengths))
            return torch.cat(orders, 2)

    def _slopes(self, values: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
        """Slopes (batch, frame, feature) of `values` (batch, frame, feature)."""
        if lengths is not None:
            values = hold_last_frame(values, self.frame_lengths(lengths))
        tracks = F.pad(values.transpose(1, 2), (_DELTA_REACH, _DELTA_REACH), mode="replicate")
        kernel = self.slope.expand(values.shape[2], 1, -1)
        return F.conv1d(tracks, kernel, groups=values.shape[2]).transpose(1, 2)


def cosines(mels: int, n_mfcc: int) -> torch.Tensor:
    """The first `n_mfcc` orthonormal cosines (type II) over `mels` bands: (mel, coefficient)."""
    bands = torch.arange(mels, dtype=torch.float64)[:, None] + 0.5
    orders = torch.arange(n_mfcc, dtype=torch.float64)[None, :]
    basis = torch.cos(math.pi / mels * bands * orders) * math.sqrt(2.0 / mels)
    basis[:, 0] /= math.sqrt(2.0)
    return basis.float()
