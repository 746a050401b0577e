"""From waveforms to emotion logits, with everything between inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Self, TypeAlias

import torch
from pydantic import field_validator, model_validator
from torch import nn

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.encoders.encoder import Encoder, EncoderDescription
from emotion_classifier.models.frontends import FrontendConfig, LogMel, LogMelConfig, Mfcc
from emotion_classifier.models.frontends.spec_augment import SpecAugment, SpecAugmentConfig
from emotion_classifier.models.frontends.standardisation import (
    Standardisation,
    StandardisationConfig,
)
from emotion_classifier.models.heads.categorical import CategoricalHead, CategoricalHeadConfig
from emotion_classifier.models.networks import AcntConfig, NetworkConfig
from emotion_classifier.units import Hertz

_HEAD_OF_ENCODERS = {"kind": "mlp", "pooling": {"kind": "attention"}}
"""The default network behind an encoder."""


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
        frontend: LogMel | Mfcc | Encoder
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


Mix: TypeAlias = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
"""From features (batch, frame, feature) and frames (batch,) to those of mixed clips."""


class ClassifierOutput(NamedTuple):
    """Output for one batch.

    Parameters
    ----------
    embeddings : (batch, embedding) of the network.
    logits : (batch, emotion) float32.
    """

    embeddings: torch.Tensor
    logits: torch.Tensor


class EmotionClassifier(nn.Module):
    """A function from waveforms to emotion logits.

    Parameters
    ----------
    frontend : (batch, sample) → (batch, frame, feature).
    standardisation : with statistics of the training part, where its kind has such.
    spec_augment : acts while training only; None for none.
    network : (batch, frame, feature) and lengths → (batch, embedding).
    head : (batch, embedding) → (batch, emotion).
    """

    def __init__(
        self,
        frontend: LogMel | Mfcc | Encoder,
        standardisation: Standardisation,
        spec_augment: SpecAugment | None,
        network: nn.Module,
        head: CategoricalHead,
    ) -> None:
        super().__init__()
        self.frontend = frontend
        self.standardisation = standardisation
        self.spec_augment = spec_augment
        self.network = network
        self.head = head

    @property
    def minimum_samples(self) -> int:
        """The shortest waveform that leaves the network one frame."""
        return self.frontend.minimum_samples(int(self.network.minimum_frames))  # type: ignore[arg-type]

    def forward(
        self,
        waveforms: torch.Tensor,
        lengths: torch.Tensor,
        statistics: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Logits (batch, emotion).

        Parameters
        ----------
        waveforms : (batch, sample) float32 in [-1, 1], zeros behind each clip's end.
        lengths : (batch,) int64, samples of each clip, at least `minimum_samples`.
        statistics : (batch, 2, feature) mean and deviation of each clip's speaker, for the
            standardisation ``per_speaker`` only; None takes those of the clip itself.
        """
        return self.classify(*self.extract(waveforms, lengths), statistics).logits

    def extract(
        self, waveforms: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Features (batch, frame, feature) of the front-end, and the frames (batch,) of each clip."""
        return self.frontend(waveforms, lengths), self.frontend.frame_lengths(lengths)

    def classify(
        self,
        features: torch.Tensor,
        frames: torch.Tensor,
        statistics: torch.Tensor | None = None,
        mix: Mix | None = None,
    ) -> ClassifierOutput:
        """Embeddings and logits of the front-end's features: all of the model behind it.

        Training, validation, ONNX export and `forward` have this one path. Training enters it with
        cached hidden states too, and draws the mixture when the number of frames is known.

        Parameters
        ----------
        features, frames : as from `extract`.
        statistics : as in `forward`.
        mix : of the standardised features of a training batch, before SpecAugment.
        """
        features = self.standardisation(features, frames, statistics)
        if mix is not None:
            features, frames = mix(features, frames)
        if self.spec_augment is not None:
            features = self.spec_augment(features, frames)
        embeddings = self.network(features, frames)
        return ClassifierOutput(embeddings, self.head(embeddings).float())
