"""Speech emotion recognition: train, evaluate, predict.

The public interface, described in ``docs/api.md``. A name loads its module on first use, so that
importing the package loads no library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from emotion_classifier.telemetry import disable_telemetry

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_classifier.audio.waveform import Waveform
    from emotion_classifier.corpora.splits.make import make_split
    from emotion_classifier.emotions.labels import LabelSet
    from emotion_classifier.emotions.prediction import Prediction
    from emotion_classifier.emotions.timeline import Interval, Segment, Timeline, Window
    from emotion_classifier.errors import (
        AudioError,
        ConfigError,
        CorpusError,
        DeviceError,
        EmotionClassifierError,
        EncoderError,
        EvaluationError,
        LabelError,
        LeakError,
        MissingDependencyError,
        ModelFolderError,
        RecognitionError,
        RunError,
        ServiceError,
        SplitError,
        StorageError,
    )
    from emotion_classifier.experiments.cross_validation.cross_validation import cross_validate
    from emotion_classifier.experiments.data.load import DataConfig, read_corpus
    from emotion_classifier.experiments.evaluate.evaluate import evaluate
    from emotion_classifier.experiments.train.config import RunConfig
    from emotion_classifier.experiments.train.run import train
    from emotion_classifier.inference.events import (
        ConversationEvent,
        DeviceEvent,
        LevelEvent,
        NoticeEvent,
        OverrunEvent,
        RecordingEvent,
        SegmentEvent,
        SpeechEvent,
        SpeechStartEvent,
        SummaryEvent,
        WindowEvent,
        WordsEvent,
    )
    from emotion_classifier.inference.files.batch_prediction import predict_files
    from emotion_classifier.inference.files.config import InferenceConfig
    from emotion_classifier.inference.files.result import FilePrediction
    from emotion_classifier.inference.live.microphone import Microphone
    from emotion_classifier.inference.live.session import LiveSession
    from emotion_classifier.inference.live.sources import FileSource, PcmSource
    from emotion_classifier.inference.predictor import Predictor
    from emotion_classifier.inference.streaming.stream import Stream, StreamConfig
    from emotion_classifier.inference.timeline.analyse import analyse

__version__ = "0.1.0"
disable_telemetry()  # before a library is imported that reads the variables only then

_NAMES = {
    "audio.waveform": "Waveform",
    "corpora.splits.make": "make_split",
    "emotions.labels": "LabelSet",
    "emotions.prediction": "Prediction",
    "emotions.timeline": "Interval Segment Timeline Window",
    "errors": (
        "AudioError ConfigError CorpusError DeviceError EmotionClassifierError "
        "EncoderError EvaluationError LabelError LeakError MissingDependencyError "
        "ModelFolderError RecognitionError RunError ServiceError SplitError StorageError"
    ),
    "experiments.data.load": "DataConfig read_corpus",
    "experiments.evaluate.evaluate": "evaluate",
    "experiments.train.config": "RunConfig",
    "experiments.cross_validation.cross_validation": "cross_validate",
    "experiments.train.run": "train",
    "inference.events": (
        "ConversationEvent DeviceEvent LevelEvent NoticeEvent OverrunEvent RecordingEvent "
        "SegmentEvent SpeechEvent SpeechStartEvent SummaryEvent WindowEvent WordsEvent"
    ),
    "inference.files.batch_prediction": "predict_files",
    "inference.files.config": "InferenceConfig",
    "inference.files.result": "FilePrediction",
    "inference.live.microphone": "Microphone",
    "inference.live.session": "LiveSession",
    "inference.live.sources": "FileSource PcmSource",
    "inference.predictor": "Predictor",
    "inference.streaming.stream": "Stream StreamConfig",
    "inference.timeline.analyse": "analyse",
}
"""Module → its public names."""
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}
__all__ = [
    "AudioError",
    "ConfigError",
    "ConversationEvent",
    "CorpusError",
    "DataConfig",
    "DeviceError",
    "DeviceEvent",
    "EmotionClassifierError",
    "EncoderError",
    "EvaluationError",
    "FilePrediction",
    "FileSource",
    "InferenceConfig",
    "Interval",
    "LabelError",
    "LabelSet",
    "LeakError",
    "LevelEvent",
    "LiveSession",
    "Microphone",
    "MissingDependencyError",
    "ModelFolderError",
    "NoticeEvent",
    "OverrunEvent",
    "PcmSource",
    "Prediction",
    "Predictor",
    "RecognitionError",
    "RecordingEvent",
    "RunConfig",
    "RunError",
    "Segment",
    "SegmentEvent",
    "ServiceError",
    "SpeechEvent",
    "SpeechStartEvent",
    "SplitError",
    "StorageError",
    "Stream",
    "StreamConfig",
    "SummaryEvent",
    "Timeline",
    "Waveform",
    "Window",
    "WindowEvent",
    "WordsEvent",
    "analyse",
    "cross_validate",
    "evaluate",
    "load",
    "make_split",
    "predict_files",
    "read_corpus",
    "train",
]


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
