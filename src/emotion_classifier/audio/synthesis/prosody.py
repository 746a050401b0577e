"""Toy speakers, and the pitch, tempo, loudness and voice quality of their emotions.

Directions and rough sizes follow Juslin & Laukka (2003), "Communication of emotions in vocal
expression and music performance", Psychological Bulletin 129(5), table 7. They are caricatures: a
model trained on them has learned nothing about people.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from emotion_classifier.errors import LabelError
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


@dataclass(frozen=True)
class Prosody:
    """How one sentence is spoken, relative to the speaker's own voice.

    Parameters
    ----------
    pitch_semitones : mean pitch above the speaker's.
    accent_semitones : spread of the pitch from syllable to syllable.
    slope_semitones : change of the pitch from the first to the last syllable.
    tempo : factor on the speaker's rate of syllables.
    level_db : peak level above that of neutral speech.
    tilt_db : gain for each octave above 500 Hz; a raised voice is brighter.
    roughness : relative jitter of the periods; the shimmer of the amplitudes is five times as large.
    breathiness : aspiration noise relative to the glottal pulses.
    pause_share : of the gaps between syllables that become a pause.
    """

    pitch_semitones: float
    accent_semitones: float
    slope_semitones: float
    tempo: float
    level_db: Decibels
    tilt_db: Decibels
    roughness: float
    breathiness: float
    pause_share: float


PROSODIES = MappingProxyType(
    {
        #                    pitch accent slope tempo level tilt rough  breath pause
        "neutral": Prosody(0.0, 1.2, -2.0, 1.00, 0.0, 0.0, 0.006, 0.02, 0.05),
        "calm": Prosody(-1.2, 0.8, -1.5, 0.85, -4.0, -2.0, 0.005, 0.05, 0.12),
        "happy": Prosody(4.0, 2.8, 0.5, 1.12, 5.0, 2.0, 0.008, 0.02, 0.02),
        "sad": Prosody(-1.5, 0.7, -3.5, 0.74, -8.0, -4.5, 0.010, 0.10, 0.30),
        "angry": Prosody(3.0, 2.2, -3.0, 1.15, 9.0, 5.0, 0.022, 0.01, 0.03),
        "fearful": Prosody(6.5, 1.4, 1.0, 1.28, 1.0, -1.0, 0.028, 0.14, 0.12),
        "disgust": Prosody(-2.5, 1.8, -5.5, 0.80, 1.0, 2.0, 0.030, 0.05, 0.10),
        "surprised": Prosody(5.5, 3.2, 8.0, 0.98, 4.0, 1.5, 0.008, 0.06, 0.03),
    }
)
"""The typical prosody of each canonical emotion."""

# Spread between the clips of one speaker and emotion, in the order of the fields.
_SPREAD = np.array([0.7, 0.3, 0.8, 0.04, 1.5, 0.8, 0.002, 0.01, 0.02])
_LOWEST = np.array([-12.0, 0.2, -12.0, 0.6, -20.0, -8.0, 0.0, 0.0, 0.0])
_STRENGTH_RANGE = (0.6, 1.2)


def draw_prosody(emotion: str, generator: np.random.Generator) -> Prosody:
    """One way to express `emotion`, weaker or stronger and a little different each time.

    Raises
    ------
    LabelError
        The toy voices have no prosody for the emotion.
    """
    if emotion not in PROSODIES:
        known = ", ".join(PROSODIES)
        raise LabelError(f"the toy voices cannot express {emotion!r}, only {known}")
    neutral = np.array(astuple(PROSODIES["neutral"]))
    typical = np.array(astuple(PROSODIES[emotion]))
    expressed = neutral + generator.uniform(*_STRENGTH_RANGE) * (typical - neutral)
    varied = expressed + _SPREAD * generator.standard_normal(len(_SPREAD))
    return Prosody(*np.maximum(varied, _LOWEST).tolist())
