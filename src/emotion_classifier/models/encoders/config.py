"""Settings of a pretrained encoder."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import ConfigError
from emotion_classifier.models.encoders.convolution import ConvolutionalEncoder
from emotion_classifier.models.encoders.description import EncoderDescription
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.layer_mixing import chosen_layers
from emotion_classifier.models.encoders.loading import (
    WHISPER,
    empty_model,
    load_checkpoint,
    whisper_filters,
)
from emotion_classifier.models.encoders.parts import encoder_parts
from emotion_classifier.models.encoders.tuning import FrozenConfig, TuningConfig
from emotion_classifier.models.encoders.whisper import WhisperEncoder
from emotion_classifier.units import Hertz

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
    """Layers that are heard: the last, all with learned weights, or these with learned weights."""
    tuning: TuningConfig = FrozenConfig()
    """What of the encoder is trained."""
    gradient_checkpointing: bool = False
    """Whether trained layers are computed twice in a step, for less memory."""

    @field_validator("layers")
    @classmethod
    def _layers_ascend(cls, layers: str | tuple[int, ...]) -> str | tuple[int, ...]:
        if not isinstance(layers, str) and list(layers) != sorted(set(layers)):
            raise ValueError(f"must ascend, each once: write {sorted(set(layers))}")
        return layers

    def build(self, sample_rate: Hertz, description: EncoderDescription | None = None) -> Encoder:
        """The front-end for waveforms at `sample_rate`; `Encoder.tune` makes it ready for training.

        Parameters
        ----------
        sample_rate : of the waveforms.
        description : of an encoder whose weights come from elsewhere, such as a model folder; then
            no checkpoint is looked for.

        Raises
        ------
        ConfigError
            The encoder hears another rate, or lacks a layer that is asked for.
        EncoderError
            There is no such checkpoint, or it cannot be used.
        """
        model: Any
        if description is None:
            model, description = load_checkpoint(self.name, self.revision)
        else:
            model = empty_model(description)
        _require_rate(sample_rate, description)
        chosen = chosen_layers(self.layers, len(encoder_parts(model).layers))
        tuning = self.tuning.build(max(chosen))
        encoder: Encoder
        if description.kind == WHISPER:
            filters = whisper_filters(description)
            encoder = WhisperEncoder(model, chosen, description, tuning, filters)
        else:
            encoder = ConvolutionalEncoder(model, chosen, description, tuning)
        tuning.require_targets(model)
        if self.gradient_checkpointing:
            model.activation_checkpointing_enable({"use_reentrant": False})
        return encoder.train()


def _require_rate(sample_rate: Hertz, description: EncoderDescription) -> None:
    heard = description.preprocessor["sampling_rate"]
    if sample_rate != heard:
        raise ConfigError(
            f"input.sample_rate: {sample_rate}: the encoder {description.name} was trained at "
            f"{heard} Hz: set input.sample_rate: {heard}"
        )
