"""Encoders that hear the waveform through convolutions: wav2vec 2.0 and what followed it."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from emotion_classifier.models.encoders.description import EncoderDescription
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.relative_attention import use_fast_attention
from emotion_classifier.models.encoders.tuning import Tuning
from emotion_classifier.models.lengths import frame_mask, zero_padding

_SILENCE = 1e-7
"""Added to the variance of a waveform, as transformers' preprocessor does."""


class ConvolutionalEncoder(Encoder):
    """wav2vec 2.0, HuBERT, WavLM, data2vec and UniSpeech, exact for clips of any length.

    Parameters
    ----------
    model : the base model of one of these kinds.
    chosen : the layers that are heard.
    description : what rebuilds it.
    tuning : which parts of it are trained.
    """

    def __init__(
        self,
        model: Any,
        chosen: tuple[int, ...],
        description: EncoderDescription,
        tuning: Tuning,
    ) -> None:
        config = model.config
        depth = max(chosen)
        complete = depth == len(model.encoder.layers)
        model.encoder.layers = model.encoder.layers[:depth]
        if not complete and _is_stable(config):
            model.encoder.layer_norm = nn.Identity()
        model.adapter = None  # it follows the last layer, behind what is heard here
        super().__init__(model, chosen, config.hidden_size, description, tuning)
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
    def layers(self) -> nn.ModuleList:
        """The transformer layers."""
        layers: nn.ModuleList = self.model.encoder.layers  # type: ignore[union-attr, assignment]
        return layers

    @property
    def norm(self) -> nn.Module | None:
        """The normalisation behind the last layer, in models that normalise before attention."""
        encoder: Any = self.model.encoder
        return encoder.layer_norm if _is_stable(self.model.config) else None

    def minimum_samples(self, frames: int) -> int:
        """The shortest waveform that has as many frames; the first needs a single sample."""
        return 1 if frames <= 1 else self.receptive_field + (frames - 1) * self.hop_length

    def frame_lengths(self, lengths: torch.Tensor) -> torch.Tensor:
        """Frames (batch,) of waveforms of `lengths` samples (batch,), one at least."""
        for kernel, stride in self.convolutions:
            lengths = _steps(lengths, kernel, stride)
        return lengths.clamp(min=1)

    def embed(
        self, waveforms: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What the first layer hears, (batch, frame, feature), and its frames (batch, 1, 1, frame).

        Behind a clip's last frame the mask is False.
        """
        model: Any = self.model
        frames = self.frame_lengths(lengths)
        local = self._convolve(self._extended(waveforms, lengths), lengths)
        hidden = model.feature_projection(local.transpose(1, 2))
        if isinstance(hidden, tuple):
            hidden = hidden[0]
        hidden = zero_padding(self.masked_in_time(hidden, frames), frames)
        hidden = hidden + _positions(model.encoder.pos_conv_embed, hidden, frames)
        if not _is_stable(model.config):
            hidden = model.encoder.layer_norm(hidden)
        return model.encoder.dropout(hidden), frame_mask(frames, hidden.shape[1])[:, None, None, :]

    def _extended(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Normalised waveforms with zeros behind each clip's end, at least one receptive field.

        A graph cannot ask how long they are: there the zeros always come.
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
        model: Any = self.model
        first, *others = model.feature_extractor.conv_layers
        if isinstance(getattr(first, "layer_norm", None), nn.GroupNorm):
            heard = lengths.clamp(min=self.receptive_field)
            normalised = normalised_convolution(first.conv, first.layer_norm, waveforms, heard)
            hidden: torch.Tensor = first.activation(normalised)
        else:
            hidden = first(waveforms[:, None])
        for layer in others:
            hidden = layer(hidden)
        return hidden


def normalised_convolution(
    convolution: nn.Conv1d, norm: nn.GroupNorm, waveforms: torch.Tensor, lengths: torch.Tensor
) -> torch.Tensor:
    """A convolution and its normalisation over time (batch, channel, frame), of own frames only.

    Transformers' group norm takes mean and variance over the padding too, so that a clip's features
    change with its neighbours' length. Here they come from the clip's own frames, and cost next to
    nothing: what is convolved has one channel, so mean and variance of each output channel follow
    from the mean and the covariance (window, window) of the windows that its filter hears. Scale
    and shift then go into the filters, and one product gives what convolution and normalisation
    would.

    Parameters
    ----------
    convolution : from one channel, without padding; its bias is what the normalisation takes away.
    norm : with one group for each channel.
    waveforms : (batch, sample), zeros behind each clip's end.
    lengths : (batch,) int64, samples of each clip, at least one window.
    """
    kernel, stride = convolution.kernel_size[0], convolution.stride[0]
    with torch.autocast(waveforms.device.type, enabled=False):
        taps = torch.eye(kernel, device=waveforms.device)[:, None]
        windows = F.conv1d(waveforms[:, None], taps, stride=stride)
        frames = _steps(lengths, kernel, stride)
        # double: in speech neighbouring samples are alike, so that for many filters the variance is
        # a small difference of large terms
        own = windows.double().masked_fill(~frame_mask(frames, windows.shape[2])[:, None], 0.0)
        count = frames[:, None, None].double()
        mean = own.sum(2, keepdim=True) / count
        covariance = own @ own.transpose(1, 2) / count - mean @ mean.transpose(1, 2)
        filters = convolution.weight[:, 0].double()
        variance = ((filters @ covariance) * filters).sum(2, keepdim=True).clamp(min=0.0)
        scaled = norm.weight.double()[:, None] * filters / (variance + norm.eps).sqrt()
        shift = norm.bias.double()[:, None] - scaled @ mean
    return torch.baddbmm(shift.float(), scaled.float(), windows)


def _positions(embedding: Any, hidden: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """Embeddings of the positions (batch, frame, feature) of `hidden`, zeros behind the end.

    Whatever stands before a convolution may leave something behind a clip's end, where the clip
    alone would be extended with zeros.
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
    """Write out the weights of the positions, which most models keep as direction and length.

    They would be put together in each step, and a module that does it cannot be sent to another
    process.
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


def _is_stable(config: Any) -> bool:
    """Whether the transformer normalises before each layer, and once more behind the last."""
    return bool(getattr(config, "do_stable_layer_norm", False))
