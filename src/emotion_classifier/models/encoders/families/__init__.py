"""Families of pretrained encoders: one per file, registered by the architectures they accept."""

from __future__ import annotations

from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.families.convolutional import ConvolutionalEncoder
from emotion_classifier.models.encoders.families.whisper import WhisperEncoder

ENCODER_FAMILIES: dict[str, type[Encoder]] = {
    model_type: family
    for family in (ConvolutionalEncoder, WhisperEncoder)
    for model_type in family.model_types
}
"""``model_type`` in a checkpoint's ``config.json`` → the family of the encoder."""

__all__ = ["ENCODER_FAMILIES"]
