"""Whisper's encoder, over a log-mel spectrogram of 30 seconds."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F

from emotion_classifier.models.encoders.encoder import (
    Encoder,
    EncoderDescription,
    Parts,
    cut_layers,
)
from emotion_classifier.models.encoders.tuning import Tuning
from emotion_classifier.models.lengths import frame_mask
from emotion_classifier.models.mel_filters import mel_filters

_STRIDE = 2
"""Frames of the spectrogram in one frame of the encoder."""


class WhisperEncoder(Encoder):
    """Whisper's encoder (Radford et al., ICML 2023), whose input is always 30 s long.

    Silence is appended to the clip, as in pretraining, and its frames are cut off afterwards. So any
    clip costs as much as 30 s, and padding changes nothing.
    """

    model_types = ("whisper",)
    preprocessor_options = ("chunk_length", "feature_size", "hop_length", "n_fft", "sampling_rate")
    used_modules = ("encoder",)
    maximum_samples: int
    window: torch.Tensor
    filters: torch.Tensor

    def __init__(
        self,
        model: Any,
        chosen: tuple[int, ...],
        description: EncoderDescription,
        tuning: Tuning,
    ) -> None:
        super().__init__(model, chosen, description, tuning)
        cut_layers(model, max(chosen), has_closing_norm=True)
        options = description.preprocessor
        self.n_fft: int = options["n_fft"]
        self.mel_hop: int = options["hop_length"]
        self.hop_length = _STRIDE * self.mel_hop
        self.maximum_samples = model.config.max_source_positions * self.hop_length
        rate = options["sampling_rate"]
        filters = mel_filters(rate, self.n_fft, options["feature_size"], 0.0, rate / 2)
        self.register_buffer("window", torch.hann_window(self.n_fft), persistent=False)
        self.register_buffer("filters", torch.from_numpy(filters), persistent=False)

    @staticmethod
    def base_model(model: Any) -> Any:
        """The encoder of a Whisper, without the decoder."""
        return model.encoder

    @property
    def parts(self) -> Parts:
        """The parts of `model`."""
        model = self.model
        return Parts((model.conv1, model.conv2), (), tuple(model.layers), (model.layer_norm,))

    def minimum_samples(self, frames: int) -> int:
        """The shortest waveform with so many frames."""
        return 1 + (frames - 1) * self.hop_length

    def frame_lengths(self, lengths: torch.Tensor) -> torch.Tensor:
        """Frames (batch,) of waveforms of `lengths` samples (batch,)."""
        frames = torch.div(lengths + self.hop_length - 1, self.hop_length, rounding_mode="floor")
        return frames.clamp(min=1)

    def embed(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Input of the first layer (batch, frame, feature) of 30 s; no mask."""
        model = self.model
        hidden = F.gelu(model.conv1(self._spectrogram(waveforms, lengths)))
        hidden = F.gelu(model.conv2(hidden)).transpose(1, 2)
        hidden = self._masked_in_time(hidden, self.frame_lengths(lengths))
        return hidden + model.embed_positions.weight, None

    def states(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """States (batch, layer, frame, feature) of the chosen layers, without the appended silence."""
        # Rounded up without negative numbers, as ONNX divides those towards zero.
        frames = max(1, (waveforms.shape[1] + self.hop_length - 1) // self.hop_length)
        return super().states(waveforms, lengths)[:, :, :frames]

    def _spectrogram(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Log-mel spectrogram (batch, mel, frame) of 30 s, equal to that of Whisper's preprocessor."""
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
