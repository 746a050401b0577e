"""The tone of a conversation: how it sounds over a longer time than one window."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_classifier.inference.streaming.smoothing import Probabilities
from emotion_classifier.units import Seconds


class ToneMean(NamedTuple):
    """Mean probabilities (emotion,), and the share of speech in the windows that count."""

    probabilities: Probabilities
    speech_share: float


class Tone:
    """Mean probabilities of windows, each weighted by the seconds of speech in it.

    Parameters
    ----------
    emotions : number of them.
    windows : the mean is over so many of the last windows, those that do not count included; None
        takes all.
    """

    def __init__(self, emotions: int, windows: int | None) -> None:
        self._emotions = emotions
        self._takes_all = windows is None
        # Of each window (emotion + 2,): weighted probabilities, seconds of speech, all seconds.
        self._terms: deque[npt.NDArray[np.float64]] = deque(maxlen=windows)

    def add(self, probabilities: Probabilities | None, share: float, seconds: Seconds) -> None:
        """Take one more window.

        Parameters
        ----------
        probabilities : (emotion,); None for a window that does not count.
        share : of its time, in which somebody speaks.
        seconds : duration of the window.
        """
        terms = np.zeros(self._emotions + 2)
        if probabilities is not None:
            terms[:-2] = share * seconds * probabilities
            terms[-2:] = share * seconds, seconds
        if self._takes_all and self._terms:
            terms += self._terms.pop()  # one sum, however many windows come
        self._terms.append(terms)

    @property
    def speech_seconds(self) -> Seconds:
        """Seconds of speech in the windows that count, in each of those that overlap."""
        return float(self._total()[-2])

    def mean(self) -> ToneMean | None:
        """The tone; None while no window counts."""
        total = self._total()
        if total[-2] == 0.0:
            return None
        probabilities = (total[:-2] / total[-2]).astype(np.float32)
        return ToneMean(probabilities, float(total[-2] / total[-1]))

    def _total(self) -> npt.NDArray[np.float64]:
        """The terms (emotion + 2,) of all windows together."""
        total: npt.NDArray[np.float64] = np.sum(self._terms, axis=0, dtype=np.float64)
        return total if self._terms else np.zeros(self._emotions + 2)
