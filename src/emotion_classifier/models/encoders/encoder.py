"""A pretrained speech encoder as a front-end: the states of its layers, frame by frame."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import torch
from torch import nn

from emotion_classifier.models.encoders.layer_mixing import LayerConcatenation, LayerMixing
from emotion_classifier.models.encoders.lora import adapter_parameters, adapters, add_adapters
from emotion_classifier.models.encoders.time_mask import time_mask
from emotion_classifier.models.encoders.tuning import Tuning
from emotion_classifier.models.lengths import frame_mask


@dataclass(frozen=True)
class EncoderDescription:
    """Source and architecture of an encoder, which rebuild it without the hub: ``encoder.json``.

    Parameters
    ----------
    name, revision : of the checkpoint, as in `EncoderConfig`.
    fingerprint : SHA-256 over the checkpoint's files: architecture, preprocessing and weights.
    architecture : settings of the network, as transformers writes them.
    preprocessor : options of the checkpoint's preprocessing that change the encoder's input.
    licence : of the checkpoint; None where its folder states none.
    """

    name: str
    revision: str | None
    fingerprint: str
    architecture: dict[str, Any]
    preprocessor: dict[str, Any]
    licence: str | None = None

    @property
    def model_type(self) -> str:
        """Architecture in the words of transformers: ``hubert``, ``wavlm``, ``whisper``…"""
        return str(self.architecture["model_type"])

    def to_json(self) -> str:
        """The description as JSON, the same text for the same encoder."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> EncoderDescription:
        """The description in `text`.

        Raises
        ------
        ValueError
            The text is no description.
        """
        try:
            return cls(**json.loads(text))
        except TypeError as error:
            raise ValueError(f"no description of an encoder: {error}") from None


@dataclass(frozen=True)
class Parts:
    """The modules of an encoder, which hold all of its weights but constants.

    Constants are Whisper's table of positions and the vector for masked frames.

    Parameters
    ----------
    feature_encoder : convolutions over the waveform or spectrogram.
    stem : modules between these and the first layer: projection, positions, normalisation.
    layers : the transformer layers, in their order.
    closing : the normalisation above the last layer, where there is one.
    """

    feature_encoder: tuple[nn.Module, ...]
    stem: tuple[nn.Module, ...]
    layers: tuple[nn.Module, ...]
    closing: tuple[nn.Module, ...]

    def by_depth(self) -> Iterator[tuple[int, nn.Module]]:
        """Each module with the number of transformer layers above it, from the top down."""
        for module in self.closing:
            yield 0, module
        yield from enumerate(reversed(self.layers))
        for module in (*self.stem, *self.feature_encoder):
            yield len(self.layers), module


class Encoder(nn.Module, ABC):
    """Waveforms to the states of chosen transformer layers, mixed into one.

    The states of a clip do not depend on the other clips of its batch: normalisation, convolutions
    and attention are computed from its own samples and frames only. A subclass is a family of
    checkpoints; it is registered in `emotion_classifier.models.encoders.families`.

    Parameters
    ----------
    model : the base model of a checkpoint; its layers above the highest chosen one are dropped.
    chosen : layers whose states are used: 0 is the input of the first, ``n`` the output of the n-th.
    description : of the checkpoint.
    tuning : the parts that are trained.

    Attributes
    ----------
    model_types : architectures of the family in the words of transformers.
    preprocessor_options : options of the checkpoint's preprocessor that change the input.
    used_modules : names of the modules of the checkpoint that are used; other weights belong to
        pretraining or to another task.
    contexts : names of the stretches of audio that the family can take as input; empty for the clip
        only.
    context : the one of `contexts` that is used; None where there are none.
    hop_length : samples between frames.
    maximum_samples : longest waveform; None for any.
    """

    model_types: ClassVar[tuple[str, ...]]
    preprocessor_options: ClassVar[tuple[str, ...]]
    used_modules: ClassVar[tuple[str, ...]]
    contexts: ClassVar[tuple[str, ...]] = ()
    context: str | None = None
    hop_length: int
    maximum_samples: int | None = None

    def __init__(
        self,
        model: Any,
        chosen: tuple[int, ...],
        description: EncoderDescription,
        tuning: Tuning,
    ) -> None:
        super().__init__()
        self.model: Any = model
        self.chosen = chosen
        self.hidden_size = int(model.config.hidden_size)
        self.description = description
        self.tuning = tuning
        self.epoch = 0
        self.mixing: LayerMixing | LayerConcatenation = LayerMixing(len(chosen))

    @staticmethod
    def base_model(model: Any) -> Any:
        """The used part of a transformers `model`."""
        return model

    @property
    @abstractmethod
    def parts(self) -> Parts:
        """The parts of `model`."""

    @abstractmethod
    def minimum_samples(self, frames: int) -> int:
        """The shortest waveform with so many frames."""

    @abstractmethod
    def frame_lengths(self, lengths: torch.Tensor) -> torch.Tensor:
        """Frames (batch,) of waveforms of `lengths` samples (batch,)."""

    @abstractmethod
    def embed(
        self, waveforms: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Input of the first layer (batch, frame, feature), and its attention mask.

        The mask is (batch, 1, 1, frame) bool, false in the padding, or None to attend to all frames.
        """

    @property
    def fingerprint(self) -> str:
        """SHA-256 over weights, architecture and preprocessing as they were loaded."""
        return self.description.fingerprint

    @property
    def layers(self) -> tuple[nn.Module, ...]:
        """The transformer layers, from the bottom to the top."""
        return self.parts.layers

    def tune(self) -> None:
        """Prepare for training: adapters, and gradients for all weights that are ever trained.

        Raises
        ------
        MissingDependencyError
            peft is not installed.
        """
        self.model.requires_grad_(False)
        if self.tuning.lora is not None:
            add_adapters(self.model, self.tuning.lora)
        for parameter in self._trained_parameters():
            parameter.requires_grad_(True)
        self.train(self.training)

    def frozen_names(self) -> frozenset[str]:
        """Names in `state_dict` of the weights that training never changes, after `tune`."""
        trained = {*self._trained_parameters(), *self.mixing.parameters()}
        changing = {name for name, parameter in self.named_parameters() if parameter in trained}
        return frozenset(self.state_dict().keys() - changing)

    def start_epoch(self, epoch: int) -> None:
        """Train the parts that are due in `epoch` from here on; the first is 0."""
        self.epoch = epoch
        for module in self._trained_modules(self.tuning.layers):
            module.requires_grad_(False)
        for module in self._trained_modules(self.tuning.layers_in(epoch)):
            module.requires_grad_(True)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Set training or evaluation mode; frozen parts stay in evaluation mode."""
        super().train(mode)
        self.model.eval()
        if mode:
            for module in self._trained_modules(self.tuning.layers_in(self.epoch)):
                module.train()
            for adapter in adapters(self.model):
                adapter.train()
        for module in self.model.modules():
            # Some HuBERTs have one before their positions; its statistics are no weights.
            if isinstance(module, nn.BatchNorm1d):
                module.eval()
        return self

    @property
    def features(self) -> int:
        """Values in a frame of the encoder's output."""
        layers = len(self.chosen) if isinstance(self.mixing, LayerConcatenation) else 1
        return layers * self.hidden_size

    @property
    def fixed_depth(self) -> int | None:
        """The layer up to which training changes no state; None where it may change all of them.

        States up to it can be computed once. Layers above it are run by `upper_states`.
        """
        tuning = self.tuning
        if tuning.is_frozen:
            return len(self.layers)
        if tuning.lora is not None or tuning.stem or tuning.mask_time or not self.has_plain_layers:
            return None
        return len(self.layers) - tuning.layers

    @property
    def has_plain_layers(self) -> bool:
        """Whether a layer needs the states below it and the clips' frames only."""
        return True

    def states(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """States (batch, layer, frame, feature) of the chosen layers.

        Parameters
        ----------
        waveforms : (batch, sample) float32, with any padding.
        lengths : (batch,) int64, samples of each clip.
        """
        found = self._run(*self.embed(waveforms, lengths), range(len(self.layers)))
        return torch.stack([found[number] for number in self.chosen], 1)

    def lower_states(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """States (batch, layer, frame, feature) of the chosen layers up to `fixed_depth`, and of this one.

        Of a frozen encoder they are those of `states`.
        """
        depth = self.fixed_depth
        assert depth is not None
        if depth == len(self.layers):
            return self.states(waveforms, lengths)
        found = self._run(*self.embed(waveforms, lengths), range(depth))
        return torch.stack([found[number] for number in self.lower_layers], 1)

    @property
    def lower_layers(self) -> tuple[int, ...]:
        """The layers of `lower_states`."""
        depth = self.fixed_depth
        assert depth is not None
        return (*(number for number in self.chosen if number < depth), depth)

    def upper_states(self, lower: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
        """States (batch, layer, frame, feature) of the chosen layers, from those of `lower_states`.

        Parameters
        ----------
        lower : (batch, layer, frame, feature).
        frames : (batch,) of each clip.
        """
        numbers = self.lower_layers
        if numbers[-1] == len(self.layers):
            return lower
        mask = frame_mask(frames, lower.shape[2])[:, None, None, :]
        above = self._run(lower[:, -1], mask, range(numbers[-1], len(self.layers)))
        found = {**dict(zip(numbers, lower.unbind(1), strict=True)), **above}
        return torch.stack([found[number].to(lower.dtype) for number in self.chosen], 1)

    def _run(
        self, hidden: torch.Tensor, mask: torch.Tensor | None, layers: range
    ) -> dict[int, torch.Tensor]:
        """Number of a layer → its state (batch, frame, feature), of `layers` and of their input."""
        parts = self.parts
        found = {layers.start: hidden}
        carried: dict[str, torch.Tensor] = {}
        for index in layers:
            output = parts.layers[index](hidden, attention_mask=mask, **carried)
            if isinstance(output, tuple):  # WavLM passes the bias of the positions on
                output, carried["position_bias"] = output
            found[index + 1] = hidden = output
        if layers.stop == len(parts.layers):
            for norm in parts.closing:
                found[len(parts.layers)] = norm(hidden)
        return found

    def combine(self, states: torch.Tensor) -> torch.Tensor:
        """Features (batch, frame, feature) of `states` (batch, layer, frame, feature)."""
        mixed: torch.Tensor = self.mixing(states)
        return mixed

    def forward(self, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Features (batch, frame, feature) of `waveforms` (batch, sample)."""
        return self.combine(self.states(waveforms, lengths))

    def _masked_in_time(self, hidden: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
        """`hidden` (batch, frame, feature) with masked spans while its layers are trained.

        Masked frames are replaced by the vector that was learned for them in pretraining.
        """
        tuning = self.tuning
        if not (self.training and tuning.mask_time and tuning.trains(self.epoch)):
            return hidden
        masked = time_mask(frames, hidden.shape[1], tuning.mask_time)[:, :, None]
        vector = getattr(self.model, "masked_spec_embed", hidden.new_zeros(()))
        return torch.where(masked, vector.to(hidden.dtype), hidden)

    def _trained_modules(self, layers: int) -> list[nn.Module]:
        """Modules that are trained along with so many of the highest layers."""
        if layers == 0:
            return []
        parts = self.parts
        return [
            *(parts.feature_encoder if self.tuning.feature_encoder else ()),
            *(parts.stem if self.tuning.stem else ()),
            *parts.layers[-layers:],
            *parts.closing,
        ]

    def _trained_parameters(self) -> list[nn.Parameter]:
        """The weights that are ever trained, after `tune`."""
        modules = self._trained_modules(self.tuning.layers)
        whole = [parameter for module in modules for parameter in module.parameters()]
        return [*whole, *adapter_parameters(self.model)]


def cut_layers(transformer: Any, depth: int, *, has_closing_norm: bool) -> None:
    """Drop the layers of `transformer` above `depth`, and the normalisation behind them."""
    if has_closing_norm and depth < len(transformer.layers):
        transformer.layer_norm = nn.Identity()
    transformer.layers = transformer.layers[:depth]
