"""Which parts of a pretrained encoder are trained.

What is frozen has no gradients and stays in evaluation mode whatever `train` is told: none of its
dropout, no time masking, and no backward pass through it, as autograd keeps nothing where neither
weights nor inputs want a gradient. LayerDrop is always off: a dropped layer has no states to give
to the head.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field
from torch import nn

from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import ConfigError
from emotion_classifier.models.encoders.lora import (
    Lora,
    adapter_parameters,
    adapters,
    add_adapters,
    require_targets,
)
from emotion_classifier.models.encoders.parts import Parts, encoder_parts

MaskedShare = Annotated[float, Field(ge=0.0, le=0.8)]


@dataclass(frozen=True)
class Tuning:
    """The parts of an encoder that are trained, and from when on.

    Parameters
    ----------
    layers : trained transformer layers, counted from the top.
    every_epochs : epochs until one more of them is trained, none in the first; None trains all of
        them from the start.
    stem, feature_encoder : whether these parts of `Parts` are trained.
    lora : adapters that are trained in place of layers; None for none.
    mask_time : share of the frames that are masked while training.
    """

    layers: int = 0
    every_epochs: int | None = None
    stem: bool = False
    feature_encoder: bool = False
    lora: Lora | None = None
    mask_time: float = 0.0

    @property
    def is_frozen(self) -> bool:
        """Whether nothing of the encoder is ever trained."""
        return self.layers == 0 and self.lora is None

    def trains(self, epoch: int) -> bool:
        """Whether anything of the encoder is trained in `epoch`; the first is 0."""
        return self.layers_in(epoch) > 0 or self.lora is not None

    def layers_in(self, epoch: int) -> int:
        """Transformer layers, from the top, that are trained in `epoch`."""
        if self.every_epochs is None:
            return self.layers
        return min(self.layers, epoch // self.every_epochs)

    def require_targets(self, model: nn.Module) -> None:
        """Raise `ConfigError` where an adapter is for a layer that `model` has not."""
        if self.lora is not None:
            require_targets(model, self.lora.target_modules)

    def prepare(self, model: nn.Module) -> None:
        """Make `model` ready: adapters in place, gradients for all that will ever be trained."""
        model.requires_grad_(False)
        if self.lora is not None:
            add_adapters(model, self.lora)
        for parameter in self.trained_parameters(model):
            parameter.requires_grad_(True)

    def trained_parameters(self, model: nn.Module) -> list[nn.Parameter]:
        """The weights of a prepared `model` that are ever trained."""
        parts = self._trained(encoder_parts(model), self.layers)
        whole = [parameter for part in parts for parameter in part.parameters()]
        return [*whole, *adapter_parameters(model)]

    def start_epoch(self, model: nn.Module, epoch: int) -> None:
        """Give gradients to what is trained in `epoch`, and to nothing else but the adapters."""
        parts = encoder_parts(model)
        for part in self._trained(parts, self.layers):
            part.requires_grad_(False)
        for part in self._trained(parts, self.layers_in(epoch)):
            part.requires_grad_(True)

    def set_modes(self, model: nn.Module, epoch: int, *, training: bool) -> None:
        """Put `model` into evaluation mode, but for what is trained in `epoch` where `training`."""
        model.eval()
        if training:
            for part in self._trained(encoder_parts(model), self.layers_in(epoch)):
                part.train()
            for adapter in adapters(model):
                adapter.train()
        for module in model.modules():
            # Some HuBERTs have one before their positions; its statistics are no weights.
            if isinstance(module, nn.BatchNorm1d):
                module.eval()

    def _trained(self, parts: Parts, layers: int) -> list[nn.Module]:
        if layers == 0:
            return []
        return [
            *(parts.feature_encoder if self.feature_encoder else ()),
            *(parts.stem if self.stem else ()),
            *parts.layers[-layers:],
            *parts.closing,
        ]


class FrozenConfig(StrictConfig):
    """Nothing of the encoder is trained; its states may be computed once and kept."""

    kind: Literal["frozen"] = "frozen"

    def build(self, layers: int) -> Tuning:
        """The tuning of an encoder with `layers` transformer layers."""
        return Tuning()


class LastLayersConfig(StrictConfig):
    """The last transformer layers are trained."""

    kind: Literal["last_layers"] = "last_layers"
    unfreeze_last_n_layers: Annotated[int, Field(ge=1)] = 2
    """Layers, counted from the highest that the head reads."""
    mask_time: MaskedShare = 0.05
    """Share of the frames that are masked while training; 0 for none."""

    def build(self, layers: int) -> Tuning:
        """The tuning of an encoder with `layers` transformer layers.

        Raises
        ------
        ConfigError
            There are fewer.
        """
        if self.unfreeze_last_n_layers > layers:
            raise ConfigError(
                f"model.frontend.tuning.unfreeze_last_n_layers: {self.unfreeze_last_n_layers} is "
                f"more than the {layers} transformer layers that are used of this encoder: set it "
                f"to {layers} or less, or take tuning: {{kind: all}}"
            )
        return Tuning(self.unfreeze_last_n_layers, mask_time=self.mask_time)


class AllConfig(StrictConfig):
    """All transformer layers are trained, and what leads to them."""

    kind: Literal["all"] = "all"
    feature_encoder: bool = False
    """Whether the convolutions over the waveform are trained too; small corpora spoil them."""
    mask_time: MaskedShare = 0.05
    """Share of the frames that are masked while training; 0 for none."""

    def build(self, layers: int) -> Tuning:
        """The tuning of an encoder with `layers` transformer layers."""
        _require_any(layers)
        return Tuning(
            layers,
            stem=True,
            feature_encoder=self.feature_encoder,
            mask_time=self.mask_time,
        )


class GradualConfig(StrictConfig):
    """First the head alone, then one transformer layer after the other, from the top."""

    kind: Literal["gradual"] = "gradual"
    every_epochs: Annotated[int, Field(ge=1)] = 1
    """Epochs of the head alone, and then until each further layer."""
    mask_time: MaskedShare = 0.05
    """Share of the frames that are masked once a layer is trained; 0 for none."""

    def build(self, layers: int) -> Tuning:
        """The tuning of an encoder with `layers` transformer layers."""
        _require_any(layers)
        return Tuning(layers, every_epochs=self.every_epochs, mask_time=self.mask_time)


class LoraConfig(StrictConfig):
    """Small adapters are trained beside frozen weights (Hu et al., ICLR 2022).

    They are new weights, so they learn at `training.learning_rate`.
    """

    kind: Literal["lora"] = "lora"
    rank: Annotated[int, Field(ge=1, le=1024)] = 8
    """Inner width of an adapter."""
    alpha: Annotated[float, Field(gt=0.0)] = 16.0
    """What an adapter adds is multiplied by alpha / rank."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Share of an adapter's inputs dropped while training."""
    target_modules: Annotated[tuple[str, ...], Field(min_length=1)] = ("q_proj", "v_proj")
    """Linear layers with an adapter, by name, in every transformer layer."""
    mask_time: MaskedShare = 0.05
    """Share of the frames that are masked while training; 0 for none."""

    def build(self, layers: int) -> Tuning:
        """The tuning of an encoder with `layers` transformer layers."""
        _require_any(layers)
        lora = Lora(self.rank, self.alpha, self.dropout, self.target_modules)
        return Tuning(lora=lora, mask_time=self.mask_time)


def _require_any(layers: int) -> None:
    if layers == 0:
        raise ConfigError(
            "model.frontend.tuning: layers: [0] hears no transformer layer, so there is none to "
            "train: set tuning: {kind: frozen}, or choose higher layers"
        )


TuningConfig = Annotated[
    FrozenConfig | LastLayersConfig | AllConfig | GradualConfig | LoraConfig,
    Field(discriminator="kind"),
]
