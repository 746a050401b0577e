"""A pretrained speech encoder as a front-end: states of its layers, frame by frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import torch
from torch import nn

from emotion_classifier.models.encoders.description import EncoderDescription
from emotion_classifier.models.encoders.layer_mixing import LayerMixing
from emotion_classifier.models.encoders.parts import Parts, encoder_parts
from emotion_classifier.models.encoders.time_mask import time_mask
from emotion_classifier.models.encoders.tuning import Tuning


class Encoder(nn.Module, ABC):
    """Waveforms to the states of chosen transformer layers, mixed into one.

    A clip's states do not depend on the batch it stands in: normalisation, convolutions and
    attention see its own samples and frames only. The transformer layers are run here, one by one,
    as far up as they are asked for; those above are dropped from `model`.

    Parameters
    ----------
    model : the network as transformers builds it, cut behind the highest chosen layer.
    chosen : the layers that are heard: 0 is the input of the first, ``n`` the output of the n-th.
    features : values in a frame.
    description : what rebuilds it.
    tuning : which parts of it are trained.

    Attributes
    ----------
    hop_length : samples between frames.
    maximum_samples : the longest waveform it can hear; None for any.
    """

    hop_length: int
    maximum_samples: int | None = None

    def __init__(
        self,
        model: nn.Module,
        chosen: tuple[int, ...],
        features: int,
        description: EncoderDescription,
        tuning: Tuning,
    ) -> None:
        super().__init__()
        self.model = model
        self.chosen = chosen
        self.features = features
        self.description = description
        self.tuning = tuning
        self.epoch = 0
        self.mixing = LayerMixing(len(chosen))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the weights, architecture and preprocessing as they were loaded."""
        return self.description.fingerprint

    @property
    def is_frozen(self) -> bool:
        """Whether its states stay the same: nothing is ever trained but the mixing of layers."""
        return self.tuning.is_frozen

    @property
    def parts(self) -> Parts:
        """The parts of `model`."""
        return encoder_parts(self.model)

    def tune(self) -> None:
        """Make ready for training: adapters in place, gradients for all that is ever trained."""
        self.tuning.prepare(self.model)
        self.train(self.training)

    def frozen_names(self) -> frozenset[str]:
        """Names in `state_dict` of what training never changes, once `tune` was called."""
        trained = {*self.tuning.trained_parameters(self.model), *self.mixing.parameters()}
        changing = {name for name, parameter in self.named_parameters() if parameter in trained}
        return frozenset(self.state_dict().keys() - changing)

    def start_epoch(self, epoch: int) -> None:
        """Train from here on what is to be trained in `epoch`; the first is 0."""
        self.epoch = epoch
        self.tuning.start_epoch(self.model, epoch)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Take the mode; frozen parts stay in evaluation mode."""
        super().train(mode)
        self.tuning.set_modes(self.model, self.epoch, training=mode)
        return self

    @property
    @abstractmethod
    def layers(self) -> nn.ModuleList:
        """The transformer layers, from the one that hears the embedded waveform upwards."""

    @property
    @abstractmethod
    def norm(self) -> nn.Module | None:
        """The normalisation behind the last layer; None where there is none, or it was cut off."""

    @abstractmethod
    def minimum_samples(self, frames: int) -> int:
        """The shortest waveform that has as many frames."""

    @abstractmethod
    def frame_lengths(self, lengths: torch.Tensor) -> torch.Tensor:
        """Frames (batch,) of waveforms of `lengths` samples (batch,)."""

    @abstractmethod
    def embed(
        self, waveforms: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """What the first layer hears, (batch, frame, feature), and the frames it may attend to.

        Those are (batch, 1, 1, frame) bool, or None for all.
        """

    def states(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """States (batch, layer, frame, feature) of the chosen layers.

        Parameters
        ----------
        waveforms : (batch, sample) float32, anything behind each clip's end.
        lengths : (batch,) int64, samples of each clip.
        """
        hidden, attended = self.embed(waveforms, lengths)
        found = {0: hidden}
        carried: dict[str, torch.Tensor] = {}
        for number, layer in enumerate(self.layers, start=1):
            answer = layer(hidden, attention_mask=attended, **carried)
            if isinstance(answer, tuple):  # WavLM hands the bias of the positions on
                answer, carried["position_bias"] = answer
            found[number] = hidden = answer
        if self.norm is not None:
            found[len(self.layers)] = self.norm(hidden)
        return torch.stack([found[number] for number in self.chosen], 1)

    def masked_in_time(self, hidden: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
        """`hidden` (batch, frame, feature), stretches of it replaced while its layers are trained.

        The vector in their place is the one that pretraining learned for it.
        """
        tuning = self.tuning
        if not (self.training and tuning.mask_time and tuning.trains(self.epoch)):
            return hidden
        masked = time_mask(frames, hidden.shape[1], tuning.mask_time)[:, :, None]
        vector = getattr(self.model, "masked_spec_embed", hidden.new_zeros(()))
        return torch.where(masked, vector.to(hidden.dtype), hidden)

    def combine(self, states: torch.Tensor) -> torch.Tensor:
        """Features (batch, frame, feature) of `states` (batch, layer, frame, feature)."""
        mixed: torch.Tensor = self.mixing(states)
        return mixed

    def forward(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Features (batch, frame, feature) of `waveforms` (batch, sample)."""
        return self.combine(self.states(waveforms, lengths))
