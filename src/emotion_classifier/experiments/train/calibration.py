"""Temperatures and threshold of a model, fitted on clips that it was not trained on. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.calibration import fit_temperature
from emotion_classifier.evaluation.rejection import fit_risk_threshold, fit_threshold
from emotion_classifier.inference.emotion_model import Logits, mean_probabilities


@dataclass(frozen=True)
class Calibration:
    """The divisor of the logits, and the confidence below which a prediction is "uncertain".

    Parameters
    ----------
    temperature : of all corpora together.
    uncertain_below : threshold of the confidence.
    corpus_temperatures : of each corpus, where there are several.
    notes : sentences about settings that could not be met.
    """

    temperature: float
    uncertain_below: float
    corpus_temperatures: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, Any]:
        """Fields of a `ModelSpecification`."""
        return {
            "temperature": self.temperature,
            "uncertain_below": self.uncertain_below,
            "corpus_temperatures": dict(self.corpus_temperatures),
        }


def fit_calibration(
    logits: Sequence[Logits],
    targets: npt.NDArray[np.float32],
    corpora: Sequence[str],
    *,
    risk: float | None = None,
) -> Calibration:
    """The temperatures of lowest cross-entropy, and the threshold of `evaluation.rejection`.

    Parameters
    ----------
    logits : of each clip, (crop, emotion); the model was trained on none of them.
    targets : (clip, emotion).
    corpora : of each clip.
    risk : highest share of wrong predictions among the accepted clips; None accepts nine tenths of the
        clips, and so does a risk that no threshold has, with a note.
    """
    temperature = fit_temperature(logits, targets)
    rows = {name: np.flatnonzero(np.array(corpora) == name) for name in sorted(set(corpora))}
    own = {
        name: fit_temperature([logits[index] for index in found.tolist()], targets[found])
        for name, found in rows.items()
        if len(rows) > 1
    }
    probabilities = np.array([mean_probabilities(clip, temperature) for clip in logits])
    confidence = probabilities.max(axis=1) if len(probabilities) else np.zeros(0)
    threshold = fit_threshold(confidence)
    if risk is None or not len(confidence):
        return Calibration(temperature, threshold, own)
    correct = probabilities.argmax(axis=1) == targets.argmax(axis=1)
    found_risk = fit_risk_threshold(confidence, correct, risk)
    if found_risk.is_reached:
        return Calibration(temperature, found_risk.threshold, own)
    note = (
        f"training.risk: no threshold has a risk of {risk:.1%} on the validation part; the lowest is "
        f"{found_risk.risk:.1%} (accepting {found_risk.coverage:.0%} of the clips). The model accepts nine "
        "tenths of the clips instead"
    )
    return Calibration(temperature, threshold, own, (note,))
