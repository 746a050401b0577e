"""From waveforms to emotion logits, with everything between inside."""

from __future__ import annotations

import torch
from pydantic import field_validator
from torch import nn

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.frontends import FrontendConfig, LogMel, LogMelConfig, Mfcc
from emotion_classifier.models.frontends.spec_augment import SpecAugment, SpecAugmentConfig
from emotion_classifier.models.frontends.standardisation import (
    Standardisation,
    StandardisationConfig,
)
from emotion_classifier.models.heads.categorical import CategoricalHead, CategoricalHeadConfig
from emotion_classifier.models.networks import AcntConfig, NetworkConfig
from emotion_classifier.units import Hertz


class ModelConfig(StrictConfig):
    """A classifier, from waveform to logits."""

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

    def build(self, sample_rate: Hertz, emotions: int) -> EmotionClassifier:
        """A classifier with fresh weights for waveforms at `sample_rate`."""
        frontend = self.frontend.build(sample_rate)
        network = self.network.build(frontend.features)
        return EmotionClassifier(
            frontend,
            self.standardisation.build(frontend.features),
            self.spec_augment.build() if self.spec_augment is not None else None,
            network,
            self.head.build(network.embedding_features, emotions),
        )


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
        frontend: LogMel | Mfcc,
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
        return (int(self.network.minimum_frames) - 1) * self.frontend.hop_length  # type: ignore[arg-type]

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
        features, frames = self.features(waveforms, lengths, statistics)
        if self.spec_augment is not None:
            features = self.spec_augment(features, frames)
        return self.answer(self.network(features, frames))

    def features(
        self,
        waveforms: torch.Tensor,
        lengths: torch.Tensor,
        statistics: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Standardised features (batch, frame, feature) and the frames (batch,) of each clip."""
        frames = self.frontend.frame_lengths(lengths)
        features = self.frontend(waveforms, lengths)
        return self.standardisation(features, frames, statistics), frames

    def answer(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Logits (batch, emotion) in float32 of the network's `embeddings` (batch, embedding)."""
        logits: torch.Tensor = self.head(embeddings)
        return logits.float()
