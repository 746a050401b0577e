"""Recognise emotion in speech: train, judge honestly, use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_classifier.audio.waveform import Waveform
    from emotion_classifier.emotions.prediction import Prediction
    from emotion_classifier.emotions.timeline import Segment, Timeline, Window
    from emotion_classifier.errors import AudioError
    from emotion_classifier.inference.files.config import InferenceConfig
    from emotion_classifier.inference.live.microphone import Microphone
    from emotion_classifier.inference.live.session import LiveSession
    from emotion_classifier.inference.live.sources import FileSource
    from emotion_classifier.inference.predictor import Predictor
    from emotion_classifier.inference.streaming.stream import Stream, StreamConfig
    from emotion_classifier.inference.timeline.analyse import analyse

__version__ = "0.1.0"
__all__ = [
    "AudioError",
    "FileSource",
    "InferenceConfig",
    "LiveSession",
    "Microphone",
    "Prediction",
    "Predictor",
    "Segment",
    "Stream",
    "StreamConfig",
    "Timeline",
    "Waveform",
    "Window",
    "analyse",
    "load",
]

_MODULES = {
    "AudioError": "errors",
    "FileSource": "inference.live.sources",
    "InferenceConfig": "inference.files.config",
    "LiveSession": "inference.live.session",
    "Microphone": "inference.live.microphone",
    "Prediction": "emotions.prediction",
    "Predictor": "inference.predictor",
    "Segment": "emotions.timeline",
    "Stream": "inference.streaming.stream",
    "StreamConfig": "inference.streaming.stream",
    "Timeline": "emotions.timeline",
    "Waveform": "audio.waveform",
    "Window": "emotions.timeline",
    "analyse": "inference.timeline.analyse",
}


def load(model: Path | str | None = None, config: StreamConfig | None = None) -> Predictor:
    """The predictor of a model folder, of the run folder around it, or of a bundled model.

    Parameters
    ----------
    model : a folder, or the name of a bundled model; None takes the bundled ``default``.
    config : windows, voice activity detection, smoothing and threshold; None takes the defaults.

    Raises
    ------
    ModelFolderError
        The folder is missing, incomplete or altered.
    """
    from emotion_classifier.inference.predictor import Predictor

    return Predictor.load(model, config)


def __getattr__(name: str) -> object:
    """A public name on first use, so that importing the package loads no library."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
