"""Settings of a pretrained encoder; it is imported when it is built, so that they need no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator

from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import ConfigError
from emotion_classifier.models.encoders.tuning import FrozenConfig, TuningConfig
from emotion_classifier.units import Hertz

if TYPE_CHECKING:
    from emotion_classifier.models.encoders.encoder import Encoder, EncoderDescription

LayerNumber = Annotated[int, Field(ge=0)]


class EncoderConfig(StrictConfig):
    """A pretrained speech encoder: wav2vec 2.0, HuBERT, WavLM and others of their kind, Whisper."""

    kind: Literal["encoder"] = "encoder"
    name: Annotated[str, Field(min_length=1)]
    """Name on the Hugging Face hub, such as `facebook/hubert-base-ls960`, or a folder."""
    revision: str | None = None
    """Branch, tag or commit on the hub; null takes the newest."""
    layers: (
        Literal["last", "weighted"] | Annotated[tuple[LayerNumber, ...], Field(min_length=1)]
    ) = "weighted"
    """Layers that are used: the last, all, or these."""
    layer_join: Literal["average", "concatenate"] = "average"
    """Several layers as one: their average with learned weights, or side by side."""
    context: Literal["clip", "30s"] | None = None
    """Input of Whisper: the clip alone, which is fast, or with silence up to 30 s; null takes 30 s."""
    tuning: TuningConfig = FrozenConfig()
    """The parts of the encoder that are trained."""
    gradient_checkpointing: bool = False
    """Whether trained layers are computed twice in a step, for less memory."""

    @field_validator("layers")
    @classmethod
    def _layers_ascend(cls, layers: str | tuple[int, ...]) -> str | tuple[int, ...]:
        if not isinstance(layers, str) and list(layers) != sorted(set(layers)):
            raise ValueError(f"must ascend, each once: write {sorted(set(layers))}")
        return layers

    def build(self, sample_rate: Hertz, description: EncoderDescription | None = None) -> Encoder:
        """The front-end for waveforms at `sample_rate`; `Encoder.tune` prepares it for training.

        Parameters
        ----------
        sample_rate : of the waveforms.
        description : of an encoder whose weights are loaded later, such as from a model folder; no
            checkpoint is needed then.

        Raises
        ------
        ConfigError
            The encoder needs another rate, has fewer layers, or has no such context.
        EncoderError
            There is no such checkpoint, or it cannot be used.
        """
        from emotion_classifier.models.encoders.families import ENCODER_FAMILIES
        from emotion_classifier.models.encoders.layer_mixing import (
            LayerConcatenation,
            chosen_layers,
        )
        from emotion_classifier.models.encoders.loading import empty_model, load_checkpoint
        from emotion_classifier.models.encoders.lora import require_targets

        if description is None:
            model, description = load_checkpoint(self.name, self.revision)
        else:
            model = empty_model(description)
        _require_rate(sample_rate, description)
        chosen = chosen_layers(self.layers, model.config.num_hidden_layers)
        tuning = self.tuning.build(max(chosen))
        encoder = ENCODER_FAMILIES[description.model_type](model, chosen, description, tuning)
        if self.context is not None:
            _require_context(self.context, encoder)
            encoder.context = self.context
        if self.layer_join == "concatenate":
            encoder.mixing = LayerConcatenation()
        if tuning.lora is not None:
            require_targets(encoder.layers, tuning.lora.target_modules)
        if self.gradient_checkpointing:
            encoder.model.activation_checkpointing_enable({"use_reentrant": False})
        return encoder.train()


def _require_rate(sample_rate: Hertz, description: EncoderDescription) -> None:
    rate = description.preprocessor["sampling_rate"]
    if sample_rate != rate:
        raise ConfigError(
            f"input.sample_rate: {sample_rate}: the encoder {description.name} was trained at "
            f"{rate} Hz: set input.sample_rate: {rate}"
        )


def _require_context(context: str, encoder: Encoder) -> None:
    if context not in encoder.contexts:
        description = encoder.description
        raise ConfigError(
            f"model.frontend.context: {context}: the input of {description.name}, a "
            f"{description.model_type}, is always the clip alone: leave context out"
        )
