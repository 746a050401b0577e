"""Smoothing of probabilities over windows, which trades delay for stability."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field

from emotion_classifier.config import StrictConfig

Probabilities: TypeAlias = npt.NDArray[np.float32]


class Smoothing(Protocol):
    """Is fed with the probabilities of one window after the other; each stream has its own."""

    def update(self, probabilities: Probabilities) -> Probabilities:
        """Smoothed probabilities (emotion,), after those of one more window in which was spoken."""


class ExponentialSmoothingConfig(StrictConfig):
    """The newest window and, ever less, those before it."""

    kind: Literal["exponential"] = "exponential"
    newest_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """Weight of the newest window; what was before shares the rest. 1 smooths nothing."""

    def build(self) -> ExponentialSmoothing:
        """The smoothing of one stream."""
        return ExponentialSmoothing(self.newest_share)


class MeanSmoothingConfig(StrictConfig):
    """The mean of the last windows."""

    kind: Literal["mean"] = "mean"
    windows: Annotated[int, Field(ge=1, le=1000)] = 3
    """How many windows; 1 smooths nothing."""

    def build(self) -> MeanSmoothing:
        """The smoothing of one stream."""
        return MeanSmoothing(self.windows)


SmoothingConfig = Annotated[
    ExponentialSmoothingConfig | MeanSmoothingConfig, Field(discriminator="kind")
]


class ExponentialSmoothing:
    """An exponential mean, which begins with the first window.

    Parameters
    ----------
    newest_share : weight of the newest window.
    """

    def __init__(self, newest_share: float) -> None:
        self._newest_share = newest_share
        self._mean: npt.NDArray[np.float64] | None = None

    def update(self, probabilities: Probabilities) -> Probabilities:
        """See `Smoothing.update`."""
        newest = probabilities.astype(np.float64)
        before = newest if self._mean is None else self._mean
        self._mean = before + self._newest_share * (newest - before)
        return self._mean.astype(np.float32)


class MeanSmoothing:
    """The mean of the last `windows` windows, of all while there are fewer.

    Parameters
    ----------
    windows : in the mean.
    """

    def __init__(self, windows: int) -> None:
        self._last: deque[Probabilities] = deque(maxlen=windows)

    def update(self, probabilities: Probabilities) -> Probabilities:
        """See `Smoothing.update`."""
        self._last.append(probabilities)
        mean: npt.NDArray[np.float64] = np.mean(self._last, axis=0, dtype=np.float64)
        return mean.astype(np.float32)
