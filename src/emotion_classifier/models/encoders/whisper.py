"""Whisper's encoder: a log-mel spectrogram of 30 seconds, whatever the clip."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from emotion_classifier.models.encoders.description import EncoderDescription
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.tuning import Tuning
from emotion_classifier.models.lengths import frame_mask

_STRIDE = 2
"""Frames of the spectrogram in one frame of the encoder."""


class WhisperEncoder(Encoder):
    """Whisper's encoder (Radford et al., ICML 2023), which always hears 30 s.

    Silence follows the clip, as in its pretraining, and the frames of it are cut off afterwards. So
    a clip costs as much as 30 s, and padding changes nothing.

    Parameters
    ----------
    model : transformers' encoder, without the decoder.
    chosen : the layers that are heard.
    description : what rebuilds it.
    tuning : which parts of it are trained.
    filters : (frequency, mel) of its spectrogram.
    """

    window: torch.Tensor
    filters: torch.Tensor

    def __init__(
        self,
        model: Any,
        chosen: tuple[int, ...],
        description: EncoderDescription,
        tuning: Tuning,
        filters: torch.Tensor,
    ) -> None:
        config, preprocessor = model.config, description.preprocessor
        depth = max(chosen)
        if depth < len(model.layers):
            model.layer_norm = nn.Identity()
        model.layers = model.layers[:depth]
        super().__init__(model, chosen, config.d_model, description, tuning)
        self.n_fft: int = preprocessor["n_fft"]
        self.mel_hop: int = preprocessor["hop_length"]
        self.hop_length = _STRIDE * self.mel_hop
        self.maximum_samples = config.max_source_positions * self.hop_length
        self.register_buffer("window", torch.hann_window(self.n_fft), persistent=False)
        self.register_buffer("filters", filters, persistent=False)

    @property
    def layers(self) -> nn.ModuleList:
        """The transformer layers."""
        layers: nn.ModuleList = self.model.layers  # type: ignore[assignment]
        return layers

    @property
    def norm(self) -> nn.Module:
        """The normalisation behind the last layer."""
        norm: nn.Module = self.model.layer_norm  # type: ignore[assignment]
        return norm

    def minimum_samples(self, frames: int) -> int:
        """The shortest waveform that has as many frames."""
        return 1 + (frames - 1) * self.hop_length

    def frame_lengths(self, lengths: torch.Tensor) -> torch.Tensor:
        """Frames (batch,) of waveforms of `lengths` samples (batch,)."""
        frames = torch.div(lengths + self.hop_length - 1, self.hop_length, rounding_mode="floor")
        return frames.clamp(min=1)

    def embed(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, None]:
        """What the first layer hears of 30 s, (batch, frame, feature); all frames are heard."""
        model: Any = self.model
        hidden = F.gelu(model.conv1(self._spectrogram(waveforms, lengths)))
        hidden = F.gelu(model.conv2(hidden)).transpose(1, 2)
        hidden = self.masked_in_time(hidden, self.frame_lengths(lengths))
        return hidden + model.embed_positions.weight, None

    def states(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """States (batch, layer, frame, feature) of the chosen layers, without those of silence."""
        # Rounded up without negative numbers, which ONNX divides towards zero.
        frames = max(1, (waveforms.shape[1] + self.hop_length - 1) // self.hop_length)
        return super().states(waveforms, lengths)[:, :, :frames]

    def _spectrogram(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Log-mel spectrogram (batch, mel, frame) of 30 s, as Whisper's preprocessor makes it."""
        assert self.maximum_samples is not None
        with torch.autocast(waveforms.device.type, enabled=False):
            inside = frame_mask(lengths, waveforms.shape[1])
            clips = waveforms.float().masked_fill(~inside, 0.0)
            clips = F.pad(clips, (0, self.maximum_samples - clips.shape[1]))
            half = self.n_fft // 2
            clips = F.pad(clips[:, None], (half, half), mode="reflect")[:, 0]
            spectra = torch.stft(
                clips,
                self.n_fft,
                self.mel_hop,
                window=self.window,
                center=False,
                return_complex=True,
            )
            power = (spectra.real.square() + spectra.imag.square())[:, :, :-1]
            levels = (self.filters.T @ power).clamp(min=1e-10).log10()
            loudest = levels.amax((1, 2), keepdim=True)
            return (torch.maximum(levels, loudest - 8.0) + 4.0) / 4.0
