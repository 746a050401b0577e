"""Log-mel spectrogram in decibels."""

from __future__ import annotations

import torch
from torch import nn

from emotion_classifier.models.frontends.deltas import Deltas
from emotion_classifier.models.mel_filters import mel_filters
from emotion_classifier.models.power_spectrum import PowerSpectrum
from emotion_classifier.units import Hertz

POWER_FLOOR = 1e-10
"""Power below which a band counts as -100 dB, as in librosa's ``power_to_db``."""


class LogMel(nn.Module):
    """Waveforms to log-mel features, equal to librosa's within 1e-5.

    Periodic Hann window, centred frames with zeros beyond both ends, power spectrum, Slaney mel
    bands with area normalisation, ``10 log10(max(power, 1e-10))`` (McFee et al., librosa; Slaney,
    Auditory Toolbox, 1998). The last frames of a clip are computed with zeros beyond its end, with
    or without padding, so padding changes nothing.

    Parameters
    ----------
    sample_rate : of the waveforms.
    mels, n_fft, hop_length, low_hz, high_hz : as in `MelBandsConfig`.

    Raises
    ------
    ConfigError
        The band edges do not fit the sample rate, or a band would hold no frequency at all.
    """

    filters: torch.Tensor

    def __init__(
        self,
        sample_rate: Hertz,
        *,
        mels: int,
        n_fft: int,
        hop_length: int,
        low_hz: float,
        high_hz: float | None,
    ) -> None:
        super().__init__()
        self.hop_length = hop_length
        self.features = mels
        high = sample_rate / 2 if high_hz is None else high_hz
        self.power = PowerSpectrum(n_fft, hop_length)
        filters = torch.from_numpy(mel_filters(sample_rate, n_fft, mels, low_hz, high))
        self.register_buffer("filters", filters, persistent=False)

    def minimum_samples(self, frames: int) -> int:
        """The shortest waveform that has as many frames."""
        return (frames - 1) * self.hop_length

    def frame_lengths(self, lengths: torch.Tensor) -> torch.Tensor:
        """Frames (batch,) of waveforms of `lengths` samples (batch,)."""
        return 1 + lengths // self.hop_length

    def forward(self, waveforms: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Features (batch, frame, mel) in dB of `waveforms` (batch, sample), in float32.

        `lengths` (batch,) is there for the common interface and not needed.
        """
        with torch.autocast(waveforms.device.type, enabled=False):
            bands = self.power(waveforms.float()) @ self.filters
            return 10.0 * torch.log10(bands.clamp(min=POWER_FLOOR))


class LogMelDeltas(nn.Module):
    """Waveforms to log-mel features followed by their slopes.

    Parameters
    ----------
    log_mel : the front-end for the spectrogram.
    deltas : as in `LogMelConfig`.
    """

    def __init__(self, log_mel: LogMel, *, deltas: int) -> None:
        super().__init__()
        self.log_mel = log_mel
        self.hop_length = log_mel.hop_length
        self.deltas = Deltas(deltas)
        self.features = log_mel.features * (1 + deltas)

    def minimum_samples(self, frames: int) -> int:
        """The shortest waveform that has as many frames."""
        return self.log_mel.minimum_samples(frames)

    def frame_lengths(self, lengths: torch.Tensor) -> torch.Tensor:
        """Frames (batch,) of waveforms of `lengths` samples (batch,)."""
        return self.log_mel.frame_lengths(lengths)

    def static(self, waveforms: torch.Tensor) -> torch.Tensor:
        """The features (batch, frame, feature) that the slopes are taken of."""
        bands: torch.Tensor = self.log_mel(waveforms)
        return bands

    def forward(self, waveforms: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Features (batch, frame, feature): the static ones first, then each order of slopes.

        Parameters
        ----------
        waveforms : (batch, sample).
        lengths : (batch,) samples of each clip; None where all are whole.
        """
        with torch.autocast(waveforms.device.type, enabled=False):
            frames = None if lengths is None else self.frame_lengths(lengths)
            features: torch.Tensor = self.deltas(self.static(waveforms), frames)
            return features
