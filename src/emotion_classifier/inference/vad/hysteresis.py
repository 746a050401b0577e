"""From speech probabilities of frames to stretches of speech, without flicker.

The rule is that of Silero's own iterator: somebody speaks from the first frame at or above the onset
on, until the probability has been below the offset, which is 0.15 lower, and not again above the
onset, for 100 ms; stretches are 30 ms longer at both ends.
"""

from __future__ import annotations

_OFFSET_BELOW_ONSET = 0.15
_LEAST_OFFSET = 0.01


class Hysteresis:
    """Is fed with probabilities, frame by frame, and gives stretches of speech in samples.

    Parameters
    ----------
    onset : probability from which on somebody speaks.
    frame : its samples.
    least_silence : samples of silence that end a stretch.
    padding : samples that are added at both ends.
    """

    def __init__(self, onset: float, *, frame: int, least_silence: int, padding: int) -> None:
        self._onset = onset
        self._offset = max(onset - _OFFSET_BELOW_ONSET, _LEAST_OFFSET)
        self._frame, self._least_silence, self._padding = frame, least_silence, padding
        self._position = 0  # end of the last frame
        self._silent_from: int | None = None
        self.start: int | None = None
        """Where the stretch that goes on began; None while nobody speaks."""

    def feed(self, probability: float) -> tuple[int, int] | None:
        """Start and end of the stretch that this frame ends, if it does."""
        frame_start = self._position
        self._position += self._frame
        if probability >= self._onset:
            self._silent_from = None
            if self.start is None:
                self.start = max(0, frame_start - self._padding)
        elif probability < self._offset and self.start is not None:
            if self._silent_from is None:
                self._silent_from = frame_start
            # Silero counts from the end of the first silent frame.
            if self._position - self._silent_from - self._frame >= self._least_silence:
                return self._finish(self.start, self._position)
        return None

    def flush(self, end: int) -> tuple[int, int] | None:
        """Start and end of the stretch that goes on where the recording ends, at `end`."""
        return None if self.start is None else self._finish(self.start, end)

    def _finish(self, start: int, latest: int) -> tuple[int, int]:
        end = latest if self._silent_from is None else self._silent_from + self._padding
        self.start = self._silent_from = None
        return start, min(end, latest)
