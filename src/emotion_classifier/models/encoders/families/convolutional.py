"""Encoders with convolutions over the waveform: wav2vec 2.0 and its successors."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from emotion_classifier.models.encoders.encoder import (
    Encoder,
    EncoderDescription,
    Parts,
    cut_layers,
)
from emotion_classifier.models.encoders.families.wavlm_attention import use_fast_attention
from emotion_classifier.models.encoders.tuning import Tuning
from emotion_classifier.models.lengths import frame_mask, zero_padding

_SILENCE = 1e-7
"""Added to the variance of a waveform, as transformers' preprocessor does."""


class ConvolutionalEncoder(Encoder):
    """wav2vec 2.0, HuBERT, WavLM, data2vec and UniSpeech, exact for clips of any length."""

    model_types = ("data2vec-audio", "hubert", "unispeech", "unispeech-sat", "wav2vec2", "wavlm")
    preprocessor_options = ("do_normalize", "sampling_rate")
    used_modules = ("encoder", "feature_extractor", "feature_projection")

    def __init__(
        self,
        model: Any,
        chosen: tuple[int, ...],
        description: EncoderDescription,
        tuning: Tuning,
    ) -> None:
        super().__init__(model, chosen, description, tuning)
        config = model.config
        self.normalises_first = bool(getattr(config, "do_stable_layer_norm", False))
        cut_layers(model.encoder, max(chosen), has_closing_norm=self.normalises_first)
        model.adapter = None  # it follows the last layer, and its output is not used
        self.normalise = bool(description.preprocessor["do_normalize"])
        self.convolutions = tuple(zip(config.conv_kernel, config.conv_stride, strict=True))
        self.hop_length = 1
        self.receptive_field = 1
        for kernel, stride in self.convolutions:
            self.receptive_field += (kernel - 1) * self.hop_length
            self.hop_length *= stride
        use_fast_attention(model)
        _use_plain_weights(model.encoder.pos_conv_embed)

    @property
    def parts(self) -> Parts:
        """The parts of `model`; its normalisation is before the first layer or after the last."""
        model, encoder = self.model, self.model.encoder
        norm = (encoder.layer_norm,)
        return Parts(
            feature_encoder=(model.feature_extractor,),
            stem=(
                model.feature_projection,
                encoder.pos_conv_embed,
                *(() if self.normalises_first else norm),
                encoder.dropout,
            ),
            layers=tuple(encoder.layers),
            closing=norm if self.normalises_first else (),
        )

    @property
    def has_plain_layers(self) -> bool:
        """Whether a layer needs the states below it and the clips' frames only."""
        return self.description.model_type != "wavlm"  # its first layer computes positions for all

    def minimum_samples(self, frames: int) -> int:
        """The shortest waveform with so many frames; a single sample is enough for the first."""
        return 1 if frames <= 1 else self.receptive_field + (frames - 1) * self.hop_length

    def frame_lengths(self, lengths: torch.Tensor) -> torch.Tensor:
        """Frames (batch,) of waveforms of `lengths` samples (batch,), at least one."""
        for kernel, stride in self.convolutions:
            lengths = _steps(lengths, kernel, stride)
        return lengths.clamp(min=1)

    def embed(
        self, waveforms: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Input of the first layer (batch, frame, feature), and its mask (batch, 1, 1, frame)."""
        model = self.model
        frames = self.frame_lengths(lengths)
        local = self._convolve(self._extended(waveforms, lengths), lengths)
        hidden = model.feature_projection(local.transpose(1, 2))
        if isinstance(hidden, tuple):
            hidden = hidden[0]
        hidden = zero_padding(self._masked_in_time(hidden, frames), frames)
        hidden = hidden + _positions(model.encoder.pos_conv_embed, hidden, frames)
        if not self.normalises_first:
            hidden = model.encoder.layer_norm(hidden)
        return model.encoder.dropout(hidden), frame_mask(frames, hidden.shape[1])[:, None, None, :]

    def _extended(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Normalised waveforms, padded with zeros to at least one receptive field.

        An exported graph has no condition on their length, so there the zeros are always added.
        """
        inside = frame_mask(lengths, waveforms.shape[1])
        waveforms = waveforms.float().masked_fill(~inside, 0.0)
        if self.normalise:
            count = lengths[:, None].float()
            centred = waveforms - waveforms.sum(1, keepdim=True) / count
            centred = centred.masked_fill(~inside, 0.0)
            variance = centred.square().sum(1, keepdim=True) / count
            waveforms = centred / (variance + _SILENCE).sqrt()
        if torch.compiler.is_exporting():
            return F.pad(waveforms, (0, self.receptive_field - 1))
        return F.pad(waveforms, (0, max(0, self.receptive_field - waveforms.shape[1])))

    def _convolve(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Local features (batch, channel, frame) of `waveforms` (batch, sample)."""
        first, *others = self.model.feature_extractor.conv_layers
        if isinstance(getattr(first, "layer_norm", None), nn.GroupNorm):
            extended = lengths.clamp(min=self.receptive_field)
            normalised = normalised_convolution(first.conv, first.layer_norm, waveforms, extended)
            hidden: torch.Tensor = first.activation(normalised)
        else:
            hidden = first(waveforms[:, None])
        for layer in others:
            hidden = layer(hidden)
        return hidden


def normalised_convolution(
    convolution: nn.Conv1d, norm: nn.GroupNorm, waveforms: torch.Tensor, lengths: torch.Tensor
) -> torch.Tensor:
    """A convolution and its normalisation over each clip's own frames, (batch, channel, frame).

    Transformers' group norm takes mean and variance over the padding too, so that a clip's features
    depend on the other clips of its batch. Here they are those of the clip's own frames, at hardly
    any cost: the input has one channel, so mean and variance of each output channel follow from the
    mean and the covariance (window, window) of the input's windows. Scale and shift are multiplied
    into the filters, and a single product gives the result of convolution and normalisation.

    Parameters
    ----------
    convolution : from one channel, without padding; its bias is cancelled by the normalisation.
    norm : with one group for each channel.
    waveforms : (batch, sample), padded with zeros.
    lengths : (batch,) int64, samples of each clip, at least one window.
    """
    kernel, stride = convolution.kernel_size[0], convolution.stride[0]
    with torch.autocast(waveforms.device.type, enabled=False):
        taps = torch.eye(kernel, device=waveforms.device)[:, None]
        windows = F.conv1d(waveforms[:, None], taps, stride=stride)
        frames = _steps(lengths, kernel, stride)
        # In double precision: neighbouring samples of speech are alike, so that for many filters the
        # variance is a small difference of large terms.
        inside = windows.double().masked_fill(~frame_mask(frames, windows.shape[2])[:, None], 0.0)
        count = frames[:, None, None].double()
        mean = inside.sum(2, keepdim=True) / count
        covariance = inside @ inside.transpose(1, 2) / count - mean @ mean.transpose(1, 2)
        filters = convolution.weight[:, 0].double()
        variance = ((filters @ covariance) * filters).sum(2, keepdim=True).clamp(min=0.0)
        scaled = norm.weight.double()[:, None] * filters / (variance + norm.eps).sqrt()
        shift = norm.bias.double()[:, None] - scaled @ mean
    return torch.baddbmm(shift.float(), scaled.float(), windows)


def _positions(embedding: Any, hidden: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """Embeddings of the positions (batch, frame, feature) of `hidden`.

    The input of each convolution is padded with zeros, by which it extends an unpadded clip.
    """
    if hasattr(embedding, "layers"):  # data2vec's stack
        for layer in embedding.layers:
            hidden = layer(zero_padding(hidden, frames).transpose(1, 2)).transpose(1, 2)
        return hidden
    if getattr(embedding, "batch_norm", None) is not None:  # some HuBERTs
        normalised = embedding.batch_norm(hidden.transpose(1, 2)).transpose(1, 2)
        convolved = embedding.conv(zero_padding(normalised, frames).transpose(1, 2))
        positions: torch.Tensor = embedding.activation(embedding.padding(convolved))
        return positions.transpose(1, 2)
    found: torch.Tensor = embedding(hidden)
    return found


def _use_plain_weights(embedding: Any) -> None:
    """Replace the weight norm of the positions, which most models have, by plain weights.

    It would be computed in each step, and a parametrised module cannot be pickled.
    """
    kept = getattr(embedding, "conv", None)
    if kept is None or not parametrize.is_parametrized(kept, "weight"):
        return
    plain = nn.Conv1d(
        kept.in_channels,
        kept.out_channels,
        kept.kernel_size,
        padding=kept.padding,
        groups=kept.groups,
        device="meta",
    )
    plain.weight = nn.Parameter(kept.weight.detach())
    plain.bias = kept.bias
    embedding.conv = plain


def _steps(lengths: torch.Tensor, kernel: int, stride: int) -> torch.Tensor:
    """Steps of a convolution without padding over `lengths` (batch,)."""
    return torch.div(lengths - kernel, stride, rounding_mode="floor") + 1
