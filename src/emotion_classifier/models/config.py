"""Settings of a classifier; no module is imported before it is built, so that they need no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.frontends.config import (
    FrontendConfig,
    LogMelConfig,
    SpecAugmentConfig,
    StandardisationConfig,
)
from emotion_classifier.models.networks.config import AcntConfig, NetworkConfig
from emotion_classifier.units import Hertz

if TYPE_CHECKING:
    from emotion_classifier.models.classifier import EmotionClassifier
    from emotion_classifier.models.encoders.encoder import Encoder, EncoderDescription
    from emotion_classifier.models.frontends.log_mel import LogMel, LogMelDeltas
    from emotion_classifier.models.heads.categorical import CategoricalHead

_HEAD_OF_ENCODERS = {"kind": "mlp", "pooling": {"kind": "attention"}}
"""The default network behind an encoder."""


class CategoricalHeadConfig(StrictConfig):
    """The layers from an embedding to logits."""

    hidden: Annotated[int, Field(ge=0)] = 0
    """Units of a hidden layer; 0 for none."""
    activation: Literal["gelu", "leaky_relu"] = "gelu"
    """Activation of the hidden layer."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.3
    """Share of the embedding's units dropped while training."""
    log_prior_bias: bool = False
    """Whether the output bias starts at the logarithm of each emotion's share of training clips."""

    def build(self, features: int, emotions: int) -> CategoricalHead:
        """The head for embeddings of `features` values."""
        from emotion_classifier.models.heads.categorical import CategoricalHead

        return CategoricalHead(
            features,
            emotions,
            hidden=self.hidden,
            activation=self.activation,
            dropout=self.dropout,
        )


class ModelConfig(StrictConfig):
    """A classifier, from waveform to logits.

    Behind an encoder nothing is standardised, and the network is an MLP with attention pooling if
    nothing else is named.
    """

    frontend: FrontendConfig = LogMelConfig()
    """From waveforms to features."""
    standardisation: StandardisationConfig = StandardisationConfig()
    """Zero mean and unit deviation."""
    spec_augment: SpecAugmentConfig | None = None
    """Masks over time and frequency while training; null for none."""
    network: NetworkConfig = AcntConfig()
    """From features to one embedding of the clip."""
    head: CategoricalHeadConfig = CategoricalHeadConfig()
    """From the embedding to logits."""

    @field_validator("frontend", mode="before")
    @classmethod
    def _log_mel_unless_named(cls, value: object) -> object:
        return {"kind": "log_mel", **value} if isinstance(value, dict) else value

    @model_validator(mode="before")
    @classmethod
    def _use_default_network_behind_encoder(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not _names_encoder(values.get("frontend")):
            return values
        network = values.get("network", _HEAD_OF_ENCODERS)
        if isinstance(network, dict) and network.get("kind") == "mlp":
            network = {**_HEAD_OF_ENCODERS, **network}
        return {"standardisation": {"kind": "none"}, **values, "network": network}

    @model_validator(mode="after")
    def _encoder_is_not_standardised(self) -> Self:
        if isinstance(self.frontend, EncoderConfig) and self.standardisation.kind != "none":
            raise ValueError(
                f"standardisation: {{kind: {self.standardisation.kind}}} cannot follow an encoder, "
                "whose layers are normalised already: leave it out, or set kind: none"
            )
        return self

    def build(
        self, sample_rate: Hertz, emotions: int, encoder: EncoderDescription | None = None
    ) -> EmotionClassifier:
        """A classifier for waveforms at `sample_rate`, with fresh weights but for a loaded encoder's.

        Parameters
        ----------
        sample_rate : of the waveforms.
        emotions : number of outputs.
        encoder : rebuilds the encoder without its checkpoint, with weights that mean nothing yet.
        """
        from emotion_classifier.models.classifier import EmotionClassifier

        frontend: LogMel | LogMelDeltas | Encoder
        if isinstance(self.frontend, EncoderConfig):
            frontend = self.frontend.build(sample_rate, encoder)
        else:
            frontend = self.frontend.build(sample_rate)
        network = self.network.build(frontend.features)
        return EmotionClassifier(
            frontend,
            self.standardisation.build(frontend.features),
            self.spec_augment.build() if self.spec_augment is not None else None,
            network,
            self.head.build(network.embedding_features, emotions),
        )


def _names_encoder(frontend: object) -> bool:
    if isinstance(frontend, dict):
        return frontend.get("kind") == "encoder"
    return isinstance(frontend, EncoderConfig)
