"""Random changes of training clips that leave their emotion as it is, one per module."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.audio.augmentation.channel.clipping import ClippingConfig
from emotion_classifier.audio.augmentation.channel.codec import CodecConfig
from emotion_classifier.audio.augmentation.channel.gain import GainConfig
from emotion_classifier.audio.augmentation.channel.impulse_response import ImpulseResponseConfig
from emotion_classifier.audio.augmentation.channel.microphone import MicrophoneConfig
from emotion_classifier.audio.augmentation.channel.packet_loss import PacketLossConfig
from emotion_classifier.audio.augmentation.channel.polarity import PolarityConfig
from emotion_classifier.audio.augmentation.channel.telephone import TelephoneConfig
from emotion_classifier.audio.augmentation.custom import CustomAugmentationConfig
from emotion_classifier.audio.augmentation.noise.background_noise import BackgroundNoiseConfig
from emotion_classifier.audio.augmentation.noise.gaussian_noise import GaussianNoiseConfig
from emotion_classifier.audio.augmentation.timing.crop import CropConfig
from emotion_classifier.audio.augmentation.timing.padding import PaddingConfig
from emotion_classifier.audio.augmentation.timing.pitch_shift import PitchShiftConfig
from emotion_classifier.audio.augmentation.timing.speed import SpeedConfig
from emotion_classifier.audio.augmentation.timing.tempo import TempoConfig
from emotion_classifier.audio.augmentation.timing.time_shift import TimeShiftConfig

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
