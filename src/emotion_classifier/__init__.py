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
    from emotion_classifier.inference.analysis import analyse
    from emotion_classifier.inference.listening import Listening
    from emotion_classifier.inference.microphone import Microphone
    from emotion_classifier.inference.predictor import Predictor
    from emotion_classifier.inference.settings import InferenceConfig
    from emotion_classifier.inference.sources import FileSource
    from emotion_classifier.inference.stream import Stream, StreamConfig

__version__ = "0.1.0"
__all__ = [
    "AudioError",
    "FileSource",
    "InferenceConfig",
    "Listening",
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
    "FileSource": "inference.sources",
    "InferenceConfig": "inference.settings",
    "Listening": "inference.listening",
    "Microphone": "inference.microphone",
    "Prediction": "emotions.prediction",
    "Predictor": "inference.predictor",
    "Segment": "emotions.timeline",
    "Stream": "inference.stream",
    "StreamConfig": "inference.stream",
    "Timeline": "emotions.timeline",
    "Waveform": "audio.waveform",
    "Window": "emotions.timeline",
    "analyse": "inference.analysis",
}


def load(model: Path | str | None = None) -> Predictor:
    """The predictor of a model folder, of the run folder around it, or of a bundled model.

    Parameters
    ----------
    model : a folder, or the name of a bundled model; None takes the bundled ``default``.

    Raises
    ------
    ModelFolderError
        The folder is missing, incomplete or altered.
    """
    from emotion_classifier.inference.predictor import Predictor

    return Predictor.load(model)


def __getattr__(name: str) -> object:
    """A public name on first use, so that importing the package loads no library."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
