"""The parts of a pretrained encoder that are trained.

Frozen parts have no gradients and stay in evaluation mode, also while training: no dropout, no time
masking, and no backward pass through them, as neither weights nor inputs need a gradient. LayerDrop
is always off, as a dropped layer has no states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import ConfigError

MaskedShare = Annotated[float, Field(ge=0.0, le=0.8)]


@dataclass(frozen=True)
class Lora:
    """Options of adapters.

    Parameters
    ----------
    rank : inner width.
    alpha : scale of the output, which is multiplied by ``alpha / rank``.
    dropout : share of an adapter's inputs dropped while training.
    target_modules : names of the linear layers that get an adapter.
    """

    rank: int
    alpha: float
    dropout: float
    target_modules: tuple[str, ...]


@dataclass(frozen=True)
class Tuning:
    """The parts of an encoder that are trained, and the epoch from which they are.

    Parameters
    ----------
    layers : trained transformer layers, counted from the top.
    every_epochs : epochs until one more of them is trained, beginning with none; None trains all of
        them from the start.
    stem, feature_encoder : whether these parts of `Parts` are trained.
    lora : adapters that are trained instead of layers; None for none.
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
        """Whether no part of the encoder is ever trained."""
        return self.layers == 0 and self.lora is None

    def trains(self, epoch: int) -> bool:
        """Whether a part of the encoder is trained in `epoch`; the first is 0."""
        return self.layers_in(epoch) > 0 or self.lora is not None

    def layers_in(self, epoch: int) -> int:
        """Transformer layers, from the top, that are trained in `epoch`."""
        if self.every_epochs is None:
            return self.layers
        return min(self.layers, epoch // self.every_epochs)


class FrozenConfig(StrictConfig):
    """The encoder is not trained; its states may be computed once and cached."""

    kind: Literal["frozen"] = "frozen"

    def build(self, layers: int) -> Tuning:
        """The tuning of an encoder with `layers` transformer layers."""
        return Tuning()


class LastLayersConfig(StrictConfig):
    """The last transformer layers are trained."""

    kind: Literal["last_layers"] = "last_layers"
    unfreeze_last_n_layers: Annotated[int, Field(ge=1)] = 2
    """Number of layers, counted from the highest that is used."""
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
                f"to {layers} or less, or set tuning: {{kind: all}}"
            )
        return Tuning(self.unfreeze_last_n_layers, mask_time=self.mask_time)


class AllConfig(StrictConfig):
    """All transformer layers are trained, and the modules below them."""

    kind: Literal["all"] = "all"
    feature_encoder: bool = False
    """Whether the convolutions over the waveform are trained too, which harms them on small corpora."""
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
    """First the head alone is trained, then one more transformer layer at a time, from the top."""

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
    """Low-rank adapters are trained beside frozen weights (Hu et al., ICLR 2022).

    They are new weights, so their learning rate is `training.learning_rate`.
    """

    kind: Literal["lora"] = "lora"
    rank: Annotated[int, Field(ge=1, le=1024)] = 8
    """Inner width of an adapter."""
    alpha: Annotated[float, Field(gt=0.0)] = 16.0
    """Scale of an adapter's output, which is multiplied by alpha / rank."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Share of an adapter's inputs dropped while training."""
    target_modules: Annotated[tuple[str, ...], Field(min_length=1)] = ("q_proj", "v_proj")
    """Names of the linear layers in every transformer layer that get an adapter."""
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
            "model.frontend.tuning: layers: [0] uses no transformer layer, so there is none to train: "
            "set tuning: {kind: frozen}, or choose higher layers"
        )


TuningConfig = Annotated[
    FrozenConfig | LastLayersConfig | AllConfig | GradualConfig | LoraConfig,
    Field(discriminator="kind"),
]
