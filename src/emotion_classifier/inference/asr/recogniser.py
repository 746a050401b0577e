"""What every recogniser is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz, Seconds

PURPOSE = "speech recognition"
"""What the libraries of this room are needed for, as errors say it."""
SAMPLE_RATE: Hertz = 16_000
"""At which all recognisers here listen."""


@dataclass(frozen=True)
class Word:
    """One word that was recognised.

    Parameters
    ----------
    start_seconds, end_seconds : from the start of what was recognised, or of the recording in a
        `Phrase`.
    text : without blanks around it; case and punctuation are the recogniser's.
    confidence : from 0 to 1; None where the recogniser does not say.
    """

    start_seconds: Seconds
    end_seconds: Seconds
    text: str
    confidence: float | None


class Recogniser(Protocol):
    """Turns a stretch of speech into words; it keeps nothing of one for the next."""

    @property
    def name(self) -> str:
        """What to call it before a user."""

    @property
    def note(self) -> str:
        """What a user must know of its quality; empty where there is nothing to warn of."""

    def transcribe(self, samples: Samples, sample_rate: Hertz) -> tuple[Word, ...]:
        """Words of ``(sample,)`` float32, in order, not overlapping, within the samples.

        It may take longer than the speech itself, and lets other threads work meanwhile. Called
        from one thread at a time.

        Raises
        ------
        RecognitionError
            The recogniser has broken down, or was closed meanwhile.
        """

    def close(self) -> None:
        """Let go of what it holds; any thread may call this, also while another one transcribes."""
