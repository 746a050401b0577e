"""How sure a model may be, as its answers on clips that it was not trained on tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.calibration import fit_temperature
from emotion_classifier.evaluation.rejection import fit_threshold
from emotion_classifier.inference.emotion_model import Logits, mean_probabilities


@dataclass(frozen=True)
class Calibration:
    """How logits become probabilities, and which of these are too low for an answer.

    Parameters
    ----------
    temperature : logits are divided by it.
    uncertain_below : confidence below which the answer is "uncertain".
    """

    temperature: float
    uncertain_below: float


def fit_calibration(logits: Sequence[Logits], targets: npt.NDArray[np.float32]) -> Calibration:
    """The temperature that fits best, and the threshold of `evaluation.rejection`.

    Parameters
    ----------
    logits : of each clip, (crop, emotion); the model was trained on none of them.
    targets : (clip, emotion).
    """
    temperature = fit_temperature(logits, targets)
    highest = [mean_probabilities(clip, temperature).max() for clip in logits]
    return Calibration(temperature, fit_threshold(np.array(highest)))
