"""From waveforms to emotion logits, with everything between inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import torch
from torch import nn

from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.frontends.log_mel import LogMel, LogMelDeltas
from emotion_classifier.models.frontends.spec_augment import SpecAugment
from emotion_classifier.models.frontends.standardisation import Standardisation
from emotion_classifier.models.heads.categorical import CategoricalHead

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
        frontend: LogMel | LogMelDeltas | Encoder,
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
