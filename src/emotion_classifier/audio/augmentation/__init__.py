"""Random changes of training clips that leave their emotion as it is, one per module."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.audio.augmentation.background_noise import BackgroundNoiseConfig
from emotion_classifier.audio.augmentation.clipping import ClippingConfig
from emotion_classifier.audio.augmentation.crop import CropConfig
from emotion_classifier.audio.augmentation.custom import CustomAugmentationConfig
from emotion_classifier.audio.augmentation.impulse_response import ImpulseResponseConfig
from emotion_classifier.audio.augmentation.level import GainConfig
from emotion_classifier.audio.augmentation.microphone import MicrophoneConfig
from emotion_classifier.audio.augmentation.noise import GaussianNoiseConfig
from emotion_classifier.audio.augmentation.packet_loss import PacketLossConfig
from emotion_classifier.audio.augmentation.padding import PaddingConfig
from emotion_classifier.audio.augmentation.pitch_shift import PitchShiftConfig
from emotion_classifier.audio.augmentation.polarity import PolarityConfig
from emotion_classifier.audio.augmentation.position import TimeShiftConfig
from emotion_classifier.audio.augmentation.speed import SpeedConfig
from emotion_classifier.audio.augmentation.telephone import TelephoneConfig
from emotion_classifier.audio.augmentation.tempo import TempoConfig
from emotion_classifier.audio.augmentation.transmission import CodecConfig

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
