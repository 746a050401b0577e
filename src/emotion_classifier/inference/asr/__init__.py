"""Words of speech, with their times: one recogniser per file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.inference.asr.faster_whisper import FasterWhisperConfig
from emotion_classifier.inference.asr.none import NoRecognitionConfig
from emotion_classifier.inference.asr.pocketsphinx import PocketsphinxConfig

RecognitionConfig = Annotated[
    PocketsphinxConfig | FasterWhisperConfig | NoRecognitionConfig,
    Field(discriminator="kind"),
]

__all__ = [
    "FasterWhisperConfig",
    "NoRecognitionConfig",
    "PocketsphinxConfig",
    "RecognitionConfig",
]
