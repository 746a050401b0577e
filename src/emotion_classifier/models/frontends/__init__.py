"""Front-ends, from waveforms to features: modules of the model, exported with it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.models.custom import CustomFrontendConfig
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.frontends.log_mel import LogMel, LogMelConfig
from emotion_classifier.models.frontends.mfcc import Mfcc, MfccConfig

FrontendConfig = Annotated[
    LogMelConfig | MfccConfig | EncoderConfig | CustomFrontendConfig, Field(discriminator="kind")
]

__all__ = [
    "CustomFrontendConfig",
    "EncoderConfig",
    "FrontendConfig",
    "LogMel",
    "LogMelConfig",
    "Mfcc",
    "MfccConfig",
]
