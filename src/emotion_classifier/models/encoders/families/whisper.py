"""Whisper's encoder, over the log-mel spectrogram of the clip or of 30 seconds."""

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
from emotion_classifier.models.lengths import frame_mask, zero_padding
from emotion_classifier.models.mel_filters import mel_filters
from emotion_classifier.models.power_spectrum import PowerSpectrum

_STRIDE = 2
"""Frames of the spectrogram in one frame of the encoder."""
_LEAST_POWER = 1e-10
_SILENT = -10.0
"""Level of the least power, in decades."""


class WhisperEncoder(Encoder):
    """Whisper's encoder (Radford et al., ICML 2023), for clips of at most 30 s.

    In the context ``30s`` silence is appended to the clip, as in pretraining, and its frames are cut
    off afterwards: any clip costs as much as 30 s. In the context ``clip`` the input are the clip's
    own frames with the first positions: the spectrogram begins as in pretraining and ends with the
    clip, its floor is eight decades below the clip's own maximum, and attention is masked. Padding
    changes nothing in either.
    """

    model_types = ("whisper",)
    preprocessor_options = ("chunk_length", "feature_size", "hop_length", "n_fft", "sampling_rate")
    used_modules = ("encoder",)
    contexts = ("30s", "clip")
    context = "30s"
    maximum_samples: int
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
        self.power = PowerSpectrum(self.n_fft, self.mel_hop)
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

    @property
    def has_plain_layers(self) -> bool:
        """Whether a layer needs the states below it and the clips' frames only."""
        return self.context == "clip"  # of 30 s it needs those of the appended silence too

    def minimum_samples(self, frames: int) -> int:
        """The shortest waveform with so many frames."""
        return 1 + (frames - 1) * self.hop_length

    def frame_lengths(self, lengths: torch.Tensor) -> torch.Tensor:
        """Frames (batch,) of waveforms of `lengths` samples (batch,)."""
        frames = torch.div(lengths + self.hop_length - 1, self.hop_length, rounding_mode="floor")
        return frames.clamp(min=1)

    def embed(
        self, waveforms: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Input of the first layer (batch, frame, feature), and its mask (batch, 1, 1, frame).

        In the context ``30s`` the frames are those of 30 s, without a mask.
        """
        model, frames = self.model, self.frame_lengths(lengths)
        inside = frame_mask(lengths, waveforms.shape[1])
        with torch.autocast(waveforms.device.type, enabled=False):
            clips = waveforms.float().masked_fill(~inside, 0.0)
            if self.context == "clip":
                spectrogram = self._own_spectrogram(clips, frames)
            else:
                spectrogram = self._long_spectrogram(clips)
        # The second convolution reads no padding: its step is two frames, of which a clip has pairs.
        hidden = F.gelu(model.conv1(spectrogram.transpose(1, 2)))
        # Contiguous, or every layer norm would copy it.
        hidden = F.gelu(model.conv2(hidden)).transpose(1, 2).contiguous()
        hidden = self._masked_in_time(hidden, frames)
        count = hidden.shape[1]
        mask = frame_mask(frames, count)[:, None, None] if self.context == "clip" else None
        return hidden + model.embed_positions.weight[:count], mask

    def states(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """States (batch, layer, frame, feature) of the chosen layers, without the appended silence."""
        states = super().states(waveforms, lengths)
        return states if self.context == "clip" else states[:, :, : self._frames_of(waveforms)]

    def _frames_of(self, waveforms: torch.Tensor) -> int:
        """Frames of `waveforms` (batch, sample) with their padding."""
        # Rounded up without negative numbers, as ONNX divides those towards zero.
        return max(1, (waveforms.shape[1] + self.hop_length - 1) // self.hop_length)

    def _own_spectrogram(self, clips: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
        """Log-mel spectrogram (batch, frame, mel) of `clips`, two frames for each of the encoder's.

        Zero behind each clip, where the convolution extends an unpadded clip with zeros.
        """
        missing = self._frames_of(clips) * self.hop_length - clips.shape[1]
        clips = F.pad(clips, (0, missing))
        half = self.n_fft // 2
        # As in pretraining, the beginning is extended by its reflection; that of the end is silence.
        extended = torch.cat([clips[:, 1 : half + 1].flip(1), clips], 1)
        skipped = -(-half // self.mel_hop)
        extended = F.pad(extended, (skipped * self.mel_hop - half, 0))
        power = self.power(extended)[:, skipped:-1]
        levels = (power @ self.filters).clamp(min=_LEAST_POWER).log10()
        inside = frame_mask(_STRIDE * frames, levels.shape[1])[:, :, None]
        loudest = levels.masked_fill(~inside, _SILENT).amax((1, 2), keepdim=True)
        return zero_padding(_scaled(levels, loudest), _STRIDE * frames)

    def _long_spectrogram(self, clips: torch.Tensor) -> torch.Tensor:
        """Log-mel spectrogram (batch, frame, mel) of 30 s, equal to that of Whisper's preprocessor."""
        clips = F.pad(clips, (0, self.maximum_samples - clips.shape[1]))
        half = self.n_fft // 2
        clips = F.pad(clips[:, None], (half, half), mode="reflect")[:, 0]
        spectra = torch.stft(
            clips,
            self.n_fft,
            self.mel_hop,
            window=self.power.window,
            center=False,
            return_complex=True,
        )
        power = (spectra.real.square() + spectra.imag.square())[:, :, :-1].transpose(1, 2)
        levels = (power @ self.filters).clamp(min=_LEAST_POWER).log10()
        return _scaled(levels, levels.amax((1, 2), keepdim=True))


def _scaled(levels: torch.Tensor, loudest: torch.Tensor) -> torch.Tensor:
    """Whisper's input from `levels` in decades, at most eight below the loudest of the clip."""
    return (torch.maximum(levels, loudest - 8.0) + 4.0) / 4.0
