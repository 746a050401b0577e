"""Means of probabilities over windows: smoothing, which trades delay for stability, and the tone."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.inference.emotion_model import Probabilities
from emotion_classifier.units import Seconds


class Smoothing(Protocol):
    """A running mean over the windows with speech; each stream has its own."""

    def update(self, probabilities: Probabilities) -> Probabilities:
        """Smoothed probabilities (emotion,) after those of one more window."""


class ExponentialSmoothingConfig(StrictConfig):
    """An exponential mean, in which older windows weigh less."""

    kind: Literal["exponential"] = "exponential"
    newest_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """Weight of the newest window; earlier ones share the rest. 1 smooths nothing."""

    def build(self) -> ExponentialSmoothing:
        """The smoothing of one stream."""
        return ExponentialSmoothing(self.newest_share)


class MeanSmoothingConfig(StrictConfig):
    """The mean of the last windows."""

    kind: Literal["mean"] = "mean"
    windows: Annotated[int, Field(ge=1, le=1000)] = 3
    """Number of windows; 1 smooths nothing."""

    def build(self) -> MeanSmoothing:
        """The smoothing of one stream."""
        return MeanSmoothing(self.windows)


SmoothingConfig = Annotated[
    ExponentialSmoothingConfig | MeanSmoothingConfig, Field(discriminator="kind")
]


class ExponentialSmoothing:
    """An exponential mean that starts with the first window.

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
        previous = newest if self._mean is None else self._mean
        self._mean = previous + self._newest_share * (newest - previous)
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


class WeightedMean(NamedTuple):
    """Mean probabilities (emotion,), and the number and share of speech of the windows that have some."""

    probabilities: Probabilities
    speech_share: float
    windows: int


class RunningMean:
    """Mean probabilities of windows, each weighted by its seconds of speech.

    Parameters
    ----------
    emotions : number of them.
    windows : number of the last windows that the mean is over, those without probabilities
        included; None takes all.
    """

    def __init__(self, emotions: int, windows: int | None) -> None:
        self._emotions = emotions
        self._takes_all = windows is None
        # Of each window (emotion + 3,): weighted probabilities, seconds of speech, all seconds, 1.
        self._terms: deque[npt.NDArray[np.float64]] = deque(maxlen=windows)

    def add(self, probabilities: Probabilities | None, share: float, seconds: Seconds) -> None:
        """Add a window.

        Parameters
        ----------
        probabilities : (emotion,); None for a window that has none.
        share : of its time with speech.
        seconds : duration of the window.
        """
        terms = np.zeros(self._emotions + 3)
        if probabilities is not None:
            terms[:-3] = share * seconds * probabilities
            terms[-3:] = share * seconds, seconds, 1.0
        if self._takes_all and self._terms:
            terms += self._terms.pop()  # one sum, whatever the number of windows
        self._terms.append(terms)

    def merge(self, other: RunningMean) -> None:
        """Add all windows of another mean to a mean of all windows."""
        self._terms = deque([self._total() + other._total()], maxlen=self._terms.maxlen)

    def mean(self) -> WeightedMean | None:
        """The mean; None while no window has probabilities."""
        total = self._total()
        spoken, seconds, windows = total[-3:].tolist()
        if spoken == 0.0:
            return None
        return WeightedMean(
            (total[:-3] / spoken).astype(np.float32), spoken / seconds, int(windows)
        )

    def _total(self) -> npt.NDArray[np.float64]:
        """The terms (emotion + 3,) of all windows together."""
        total: npt.NDArray[np.float64] = np.sum(self._terms, axis=0, dtype=np.float64)
        return total if self._terms else np.zeros(self._emotions + 3)
