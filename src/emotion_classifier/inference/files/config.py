"""How recordings and live audio are heard: the settings of ``configs/inference_config.yml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.inference.files.batch_predictor import FilePredictor
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.inference.timeline.analyse import LONGEST_SECONDS
from emotion_classifier.inference.vad.silero import ActivityDetector


class InferenceConfig(StrictConfig):
    """How recordings and live audio are heard."""

    model: str | None = None
    """A model folder, the folder of a run, or the name of a bundled model; null takes "default"."""
    maximum_seconds: Annotated[float, Field(gt=0.0)] = LONGEST_SECONDS
    """The longest file that is accepted, counted while it is decoded."""
    stream: StreamConfig = StreamConfig()
    """Windows, voice activity, smoothing and thresholds."""

    def build(self, model: Path | None = None, *, threads: int = 0) -> FilePredictor:
        """What answers about files.

        Parameters
        ----------
        model : its folder; None takes the model of the settings.
        threads : that onnxruntime may use; 0 takes one for each core.
        """
        predictor = Predictor.load(model or self.model, threads=threads)
        onset = self.stream.onset
        return FilePredictor(
            predictor,
            None if onset is None else ActivityDetector(onset=onset),
            lambda rate: self.stream.build(predictor, sample_rate=rate),
            window_seconds=self.stream.window_seconds,
            maximum_seconds=self.maximum_seconds,
            uncertain_below=self.stream.uncertain_below,
        )
