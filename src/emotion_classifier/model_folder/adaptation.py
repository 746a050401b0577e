"""Adaptation of a model to a channel or a speaker: a shift of its logits. Needs no torch.

On speech from elsewhere the logits of a model are offset: few emotions are predicted for most clips, and
neutral rarely. The offset is estimated from unlabelled recordings. Graph and weights stay as they are, so
that every model can be adapted. docs/adaptation.md has the measured effects.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field

from emotion_classifier.config import StrictConfig

Logits: TypeAlias = npt.NDArray[np.float32]
Shift: TypeAlias = npt.NDArray[np.float64]
"""(emotion,): summand of each emotion's logit."""


class Adaptation(StrictConfig):
    """The shift of an adapted model, and the recordings it was estimated from."""

    shift: Annotated[tuple[Annotated[float, Field(allow_inf_nan=False)], ...], Field(min_length=2)]
    """Summand of each emotion's logit, before the temperature."""
    recordings: Annotated[int, Field(ge=1)]
    """Recordings with speech."""
    windows: Annotated[int, Field(ge=1)]
    """Windows with speech, which do not overlap."""
    speech_seconds: Annotated[float, Field(ge=0.0)]
    """Speech in these windows."""

    def apply(self, logits: Logits) -> Logits:
        """Shifted logits (..., emotion)."""
        return logits + np.asarray(self.shift, np.float32)

    @property
    def description(self) -> str:
        """The sentence of the model card."""
        return (
            f"Adapted without labels to {self.recordings:,} recordings with {self.speech_seconds:,.0f} s "
            f"of speech in {self.windows:,} windows: a shift of each emotion's logit. All scores in "
            "this card are of the model before."
        )


def shift_of_recordings(logits: Logits, neutral: int | None) -> Shift:
    """The shift that moves the mean logits of the emotions to a common value, in one direction each.

    Neutral is only raised, and every other emotion is only lowered: a low mean may be that of an emotion
    that does not occur in the recordings, a high mean of neutral that of ordinary speech.

    Parameters
    ----------
    logits : (window, emotion) of recordings with several emotions.
    neutral : index of the emotion neutral; None where the model has none.
    """
    mean = logits.mean(0, dtype=np.float64)
    difference = mean.mean() - mean  # what all emotions share changes no probability
    shift: Shift = np.minimum(difference, 0.0)
    if neutral is not None:
        shift[neutral] = max(difference[neutral], 0.0)
    return shift
