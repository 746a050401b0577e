"""Recognise emotion in speech: train, judge honestly, use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_classifier.emotions.prediction import Prediction
    from emotion_classifier.inference.predictor import Predictor

__version__ = "0.1.0"
__all__ = ["Prediction", "Predictor", "load"]


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
    """`Predictor` and `Prediction` on first use, so that importing the package loads no library."""
    if name == "Predictor":
        from emotion_classifier.inference.predictor import Predictor

        return Predictor
    if name == "Prediction":
        from emotion_classifier.emotions.prediction import Prediction

        return Prediction
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
