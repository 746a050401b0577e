"""Settings of poolings; no module is imported before it is built, so that they need no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from emotion_classifier.config import StrictConfig

if TYPE_CHECKING:
    from emotion_classifier.models.pooling.attention import AttentionPooling
    from emotion_classifier.models.pooling.mean import MeanPooling
    from emotion_classifier.models.pooling.statistics import StatisticsPooling


class MeanPoolingConfig(StrictConfig):
    """The mean over time."""

    kind: Literal["mean"] = "mean"

    def build(self, features: int) -> MeanPooling:
        """The module for `features` values in a frame."""
        from emotion_classifier.models.pooling.mean import MeanPooling

        return MeanPooling(features)


class StatisticsPoolingConfig(StrictConfig):
    """Mean and deviation over time (Snyder et al., Interspeech 2017)."""

    kind: Literal["statistics"] = "statistics"

    def build(self, features: int) -> StatisticsPooling:
        """The module for `features` values in a frame."""
        from emotion_classifier.models.pooling.statistics import StatisticsPooling

        return StatisticsPooling(features)


class AttentionPoolingConfig(StrictConfig):
    """A learned weighted average over time (Mirsamadi et al., ICASSP 2017)."""

    kind: Literal["attention"] = "attention"
    hidden: Annotated[int, Field(ge=1)] = 128
    """Units of the layer that scores each frame."""

    def build(self, features: int) -> AttentionPooling:
        """The module for `features` values in a frame."""
        from emotion_classifier.models.pooling.attention import AttentionPooling

        return AttentionPooling(features, hidden=self.hidden)


PoolingConfig = Annotated[
    MeanPoolingConfig | StatisticsPoolingConfig | AttentionPoolingConfig,
    Field(discriminator="kind"),
]
