"""Temperature and rejection threshold, fitted on clips that the model was not trained on."""

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
    """Calibrated probabilities and their rejection threshold.

    Parameters
    ----------
    temperature : logits are divided by it.
    uncertain_below : confidence below which a prediction is "uncertain".
    """

    temperature: float
    uncertain_below: float


def fit_calibration(logits: Sequence[Logits], targets: npt.NDArray[np.float32]) -> Calibration:
    """The temperature of lowest cross-entropy, and the threshold of `evaluation.rejection`.

    Parameters
    ----------
    logits : of each clip, (crop, emotion); the model was trained on none of them.
    targets : (clip, emotion).
    """
    temperature = fit_temperature(logits, targets)
    highest = [mean_probabilities(clip, temperature).max() for clip in logits]
    return Calibration(temperature, fit_threshold(np.array(highest)))
