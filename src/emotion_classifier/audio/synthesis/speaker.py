"""Who speaks: a toy voice and what sets it apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from emotion_classifier.units import Decibels


@dataclass(frozen=True)
class ToySpeaker:
    """A voice.

    Parameters
    ----------
    sex : decides the ranges of the others when drawn.
    pitch_hz : mean pitch of neutral speech.
    formant_scale : factor on the resonances of a male vocal tract.
    tempo : factor on the rate of syllables.
    level_db : how much louder than others this speaker was recorded.
    breathiness : aspiration noise, added to that of the emotion.
    """

    sex: Literal["female", "male"]
    pitch_hz: float
    formant_scale: float
    tempo: float
    level_db: Decibels
    breathiness: float

    @classmethod
    def draw(cls, sex: Literal["female", "male"], generator: np.random.Generator) -> ToySpeaker:
        """A speaker unlike the others of the same sex."""
        pitch_hz, formant_scale = (205.0, 1.16) if sex == "female" else (118.0, 1.0)
        return cls(
            sex=sex,
            pitch_hz=pitch_hz * 2.0 ** generator.uniform(-0.25, 0.25),
            formant_scale=formant_scale * generator.uniform(0.95, 1.05),
            tempo=generator.uniform(0.92, 1.08),
            level_db=generator.uniform(-1.5, 1.5),
            breathiness=generator.uniform(0.0, 0.03),
        )
