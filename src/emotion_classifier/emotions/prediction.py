"""What a model answers for one clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.emotions.labels import LabelSet
from emotion_classifier.units import Seconds


@dataclass(frozen=True, eq=False)
class Prediction:
    """Emotion probabilities of one clip.

    Parameters
    ----------
    labels : the emotions, in the order of `probabilities`.
    probabilities : (emotion,) float32, summing to one.
    duration_seconds : of the whole clip, before trimming and cropping.
    """

    labels: LabelSet
    probabilities: npt.NDArray[np.float32]
    duration_seconds: Seconds

    @property
    def emotion(self) -> str:
        """The most probable emotion."""
        return self.labels.names[int(self.probabilities.argmax())]

    @property
    def confidence(self) -> float:
        """Probability of the most probable emotion."""
        return float(self.probabilities.max())

    def as_dict(self) -> dict[str, float]:
        """Emotion → probability, in the order of the labels."""
        return {n: float(p) for n, p in zip(self.labels, self.probabilities, strict=True)}
