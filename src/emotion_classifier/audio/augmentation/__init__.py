"""Changes of training clips that leave their emotion as it is: one per file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.audio.augmentation.gain import GainConfig

AugmentationConfig = Annotated[
    GainConfig,
    Field(discriminator="kind"),
]

__all__ = ["AugmentationConfig"]
