"""Settings of prediction, for recordings and live audio: ``configs/inference_config.yml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.inference.predictor import LONGEST_SECONDS, Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig

MOST_SECONDS = 1e8
"""About three years: a limit beyond it is a mistake."""


class InferenceConfig(StrictConfig):
    """Settings of prediction, for recordings and live audio."""

    model: str | None = None
    """A model folder, the folder of a run, or the name of a bundled model; null takes "default"."""
    maximum_seconds: Annotated[float, Field(gt=0.0, le=MOST_SECONDS)] = LONGEST_SECONDS
    """The longest file that is accepted, counted while it is decoded."""
    stream: StreamConfig = StreamConfig()
    """Windows, voice activity, smoothing and thresholds."""

    def build(self, model: Path | None = None, *, threads: int = 0) -> Predictor:
        """The predictor with these settings.

        Parameters
        ----------
        model : its folder; None takes the model of the settings.
        threads : for onnxruntime; 0 takes one for each core.
        """
        return Predictor.load(
            model or self.model,
            self.stream,
            maximum_seconds=self.maximum_seconds,
            threads=threads,
        )
