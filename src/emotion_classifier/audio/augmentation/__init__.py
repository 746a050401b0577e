"""Random changes of training clips that leave their emotion as it is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import CustomAugmentationConfig
from emotion_classifier.audio.augmentation.background_noise import BackgroundNoiseConfig
from emotion_classifier.audio.augmentation.filtering import ImpulseResponseConfig, MicrophoneConfig
from emotion_classifier.audio.augmentation.level import ClippingConfig, GainConfig, PolarityConfig
from emotion_classifier.audio.augmentation.noise import GaussianNoiseConfig
from emotion_classifier.audio.augmentation.position import (
    CropConfig,
    PaddingConfig,
    TimeShiftConfig,
)
from emotion_classifier.audio.augmentation.tempo import PitchShiftConfig, SpeedConfig, TempoConfig
from emotion_classifier.audio.augmentation.transmission import (
    CodecConfig,
    PacketLossConfig,
    TelephoneConfig,
)

AugmentationConfig = Annotated[
    BackgroundNoiseConfig
    | ClippingConfig
    | CodecConfig
    | CropConfig
    | CustomAugmentationConfig
    | GainConfig
    | GaussianNoiseConfig
    | ImpulseResponseConfig
    | MicrophoneConfig
    | PacketLossConfig
    | PaddingConfig
    | PitchShiftConfig
    | PolarityConfig
    | SpeedConfig
    | TelephoneConfig
    | TempoConfig
    | TimeShiftConfig,
    Field(discriminator="kind"),
]

__all__ = ["AugmentationConfig"]
