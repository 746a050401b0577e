"""Interface of all recognisers."""

from __future__ import annotations

from typing import Protocol

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.event_fields import Word
from emotion_classifier.units import Hertz

PURPOSE = "speech recognition"
"""Purpose of the optional libraries, for error messages."""
SAMPLE_RATE: Hertz = 16_000
"""Sample rate of all recognisers here."""


class Recogniser(Protocol):
    """Speech to words; it keeps no state from one phrase to the next."""

    name: str
    """Name for users."""
    note: str
    """Limits of its quality, for users; empty without any."""

    def transcribe(self, samples: Samples, sample_rate: Hertz) -> tuple[Word, ...]:
        """Words of ``(sample,)`` float32, in order, not overlapping, within the samples.

        It may take longer than the speech itself, and must release Python's lock meanwhile. Called
        from one thread at a time.

        Raises
        ------
        RecognitionError
            The recogniser failed, or was closed meanwhile.
        """

    def close(self) -> None:
        """Release all resources; may be called from any thread, also during `transcribe`."""
