"""Log-mel spectrogram in decibels."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import nn

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.mel_filters import mel_filters
from emotion_classifier.units import Hertz

POWER_FLOOR = 1e-10
"""Power below which a band counts as -100 dB, as in librosa's ``power_to_db``."""


class MelBandsConfig(StrictConfig):
    """Mel bands of the power spectrum."""

    mels: Annotated[int, Field(ge=1, le=512)] = 128
    """Number of mel bands."""
    n_fft: Annotated[int, Field(ge=16, le=16384)] = 1024
    """Window of the Fourier transform, in samples."""
    hop_length: Annotated[int, Field(ge=1, le=16384)] = 256
    """Step between frames, in samples."""
    low_hz: Annotated[float, Field(ge=0.0)] = 0.0
    """Lower edge of the lowest band."""
    high_hz: Annotated[float, Field(gt=0.0)] | None = None
    """Upper edge of the highest band; null is half the sample rate."""

    def log_mel(self, sample_rate: Hertz) -> LogMel:
        """The log-mel spectrogram of waveforms at `sample_rate`."""
        return LogMel(
            sample_rate,
            mels=self.mels,
            n_fft=self.n_fft,
            hop_length=self.hop_length,
            low_hz=self.low_hz,
            high_hz=self.high_hz,
        )


class LogMelConfig(MelBandsConfig):
    """Log-mel spectrogram."""

    kind: Literal["log_mel"] = "log_mel"

    def build(self, sample_rate: Hertz) -> LogMel:
        """The front-end for waveforms at `sample_rate`."""
        return self.log_mel(sample_rate)


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

    window: torch.Tensor
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
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.features = mels
        high = sample_rate / 2 if high_hz is None else high_hz
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)
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
            spectra = torch.stft(
                waveforms.float(),
                self.n_fft,
                self.hop_length,
                window=self.window,
                center=True,
                pad_mode="constant",
                return_complex=True,
            )
            power = spectra.real.square() + spectra.imag.square()
            bands = power.transpose(1, 2) @ self.filters
            return 10.0 * torch.log10(bands.clamp(min=POWER_FLOOR))
