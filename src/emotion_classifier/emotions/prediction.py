"""The prediction of a model for one clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.emotions.labels import LabelSet
from emotion_classifier.units import Seconds

UNCERTAIN = "uncertain"
"""The answer where no emotion is probable enough."""
NO_SPEECH = "no speech"
"""The answer without speech."""
_SEPARATORS = str.maketrans("_-", "  ")
LEAST_SPEECH_SHARE = 0.1
"""Least share of speech in a window for the model to process it."""


def is_reserved(name: str) -> bool:
    """Whether an emotion of this name could not be told from `UNCERTAIN` or `NO_SPEECH`.

    >>> is_reserved("No-speech")
    True
    """
    return name.strip().lower().translate(_SEPARATORS) in {UNCERTAIN, NO_SPEECH}


@dataclass(frozen=True, eq=False)
class Prediction:
    """Emotion probabilities of one clip.

    Parameters
    ----------
    labels : the emotions, in the order of `probabilities`.
    probabilities : (emotion,) float32, summing to one.
    duration_seconds : of the whole clip, before trimming and cropping.
    speech_share : share of the time with speech; None without voice activity detection.
    uncertain_below : confidence below which the answer is `UNCERTAIN`.
    has_speech : whether there is speech to judge; if not, the answer is `NO_SPEECH`.
    shares : answer → share of the time with speech, for each emotion in order and `UNCERTAIN`; None
        for a part of a recording, and without speech.
    warning : problem of the recording with which it can be predicted all the same, and its remedy.
    """

    labels: LabelSet
    probabilities: npt.NDArray[np.float32]
    duration_seconds: Seconds
    speech_share: float | None = None
    uncertain_below: float = 0.0
    has_speech: bool = True
    shares: Mapping[str, float] | None = None
    warning: str | None = None

    @property
    def emotion(self) -> str:
        """The most probable emotion."""
        return self.labels.names[int(self.probabilities.argmax())]

    @property
    def answer(self) -> str:
        """The result for users: the emotion, `UNCERTAIN`, or `NO_SPEECH`.

        An emotion needs confidence, and, where the shares are known, the largest share of all emotions.
        """
        if not self.has_speech:
            return NO_SPEECH
        is_certain = self.confidence >= self.uncertain_below and self._has_largest_share
        return self.emotion if is_certain else UNCERTAIN

    @property
    def _has_largest_share(self) -> bool:
        if self.shares is None:
            return True
        return self.shares[self.emotion] == max(self.shares[name] for name in self.labels) > 0.0

    @property
    def confidence(self) -> float:
        """Probability of the most probable emotion."""
        return float(self.probabilities.max())

    def as_dict(self) -> dict[str, float]:
        """Emotion → probability, in the order of the labels."""
        return {n: float(p) for n, p in zip(self.labels, self.probabilities, strict=True)}
