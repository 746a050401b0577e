"""Settings of objectives; no module is imported before it is built, so that they need no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import ConfigError

if TYPE_CHECKING:
    import torch

    from emotion_classifier.training.objectives.adversary import SpeakerAdversary
    from emotion_classifier.training.objectives.emotion_counts import EmotionCounts
    from emotion_classifier.training.objectives.losses import CrossEntropy, Focal, LogitAdjusted
    from emotion_classifier.training.objectives.mixing import CutMix, Mixup


class CrossEntropyConfig(StrictConfig):
    """The cross-entropy."""

    kind: Literal["cross_entropy"] = "cross_entropy"

    def build(
        self, emotions: EmotionCounts, weights: torch.Tensor, label_smoothing: float
    ) -> CrossEntropy:
        """The loss with the class weights `weights` (corpus, emotion)."""
        from emotion_classifier.training.objectives.losses import CrossEntropy

        return CrossEntropy(weights, emotions.competing, label_smoothing=label_smoothing)


class FocalConfig(StrictConfig):
    """The focal loss: clips of high likelihood count less (Lin et al., ICCV 2017)."""

    kind: Literal["focal"] = "focal"
    gamma: Annotated[float, Field(ge=0.0, le=10.0)] = 2.0
    """Exponent of the focusing factor; 0 is the cross-entropy."""

    def build(
        self, emotions: EmotionCounts, weights: torch.Tensor, label_smoothing: float
    ) -> Focal:
        """The loss with the class weights `weights` (corpus, emotion)."""
        from emotion_classifier.training.objectives.losses import Focal

        return Focal(weights, emotions.competing, label_smoothing=label_smoothing, gamma=self.gamma)


class LogitAdjustedConfig(StrictConfig):
    """The cross-entropy of logits plus the emotions' log prior (Menon et al., ICLR 2021).

    The prior is part of the loss alone, so the model predicts as if all emotions were equally
    frequent.
    """

    kind: Literal["logit_adjusted"] = "logit_adjusted"
    tau: Annotated[float, Field(ge=0.0, le=10.0)] = 1.0
    """Factor of the log prior; 0 is the cross-entropy."""

    def build(
        self, emotions: EmotionCounts, weights: torch.Tensor, label_smoothing: float
    ) -> LogitAdjusted:
        """The loss with the class weights `weights` (corpus, emotion)."""
        from emotion_classifier.training.objectives.losses import LogitAdjusted

        # An emotion without clips would get a prior of zero, and the loss become infinite.
        counts = emotions.counts.clamp(min=1.0)
        prior = counts / counts.sum(1, keepdim=True)
        return LogitAdjusted(
            weights,
            emotions.competing,
            label_smoothing=label_smoothing,
            offsets=self.tau * prior.log(),
        )


LossConfig = Annotated[
    CrossEntropyConfig | FocalConfig | LogitAdjustedConfig, Field(discriminator="kind")
]


class MixupConfig(StrictConfig):
    """Mixup: the weighted sum of two clips' features (Zhang et al., ICLR 2018)."""

    kind: Literal["mixup"] = "mixup"
    alpha: Annotated[float, Field(gt=0.0, le=100.0)] = 0.2
    """Both parameters of the shares' beta distribution; larger mixes more evenly."""
    probability: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """Proportion of the clips that are mixed."""

    def build(self) -> Mixup:
        """The mixing."""
        from emotion_classifier.training.objectives.mixing import Mixup

        return Mixup(alpha=self.alpha, probability=self.probability)


class CutMixConfig(StrictConfig):
    """CutMix: a segment of time replaced by another clip's (Yun et al., ICCV 2019)."""

    kind: Literal["cutmix"] = "cutmix"
    alpha: Annotated[float, Field(gt=0.0, le=100.0)] = 1.0
    """Both parameters of the shares' beta distribution; larger mixes more evenly."""
    probability: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """Proportion of the clips that are mixed."""

    def build(self) -> CutMix:
        """The mixing."""
        from emotion_classifier.training.objectives.mixing import CutMix

        return CutMix(alpha=self.alpha, probability=self.probability)


MixingConfig = Annotated[MixupConfig | CutMixConfig, Field(discriminator="kind")]


class AdversaryConfig(StrictConfig):
    """A branch that classifies the training speaker; its gradient reaches the network reversed."""

    weight: Annotated[float, Field(gt=0.0, le=10.0)] = 0.1
    """Factor of the reversed gradient at the end; it grows from zero over the training."""
    hidden: Annotated[int, Field(ge=1, le=65_536)] = 64
    """Values in the hidden layer of the branch."""

    def require_speakers(self, speakers: int) -> None:
        """Raise `ConfigError` where the training part has a single speaker."""
        if speakers < 2:
            raise ConfigError(
                f"training.adversary: the training part has {speakers} speaker, there must be at "
                "least 2 to distinguish: add speakers, or set training.adversary: null"
            )

    def build(self, embedding_features: int, speakers: int, seed: int) -> SpeakerAdversary:
        """The branch for `speakers` with weights drawn from `seed`.

        Raises
        ------
        ConfigError
            There is a single speaker.
        """
        import torch

        from emotion_classifier.training.objectives.adversary import SpeakerAdversary

        self.require_speakers(speakers)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return SpeakerAdversary(
                embedding_features, speakers, weight=self.weight, hidden=self.hidden
            )
