"""From the samples of a stream to its windows, with the speech in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emotion_classifier.audio.resampling import StreamResampler
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.prediction import LEAST_SPEECH_SHARE
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.streaming.ring_buffer import RecentSamples
from emotion_classifier.inference.streaming.windows import WindowGrid
from emotion_classifier.inference.vad.silero import ActivityDetector
from emotion_classifier.units import Hertz, Seconds, to_seconds


@dataclass(frozen=True, eq=False)
class CutWindow:
    """A window of which everything is known that the model does not tell.

    Parameters
    ----------
    start_seconds, end_seconds : of the window.
    core_start_seconds : of the stretch that the window decides about, see `WindowGrid.core_start`.
    samples : (sample,) at the model's rate.
    speech_share : None where nobody listens for speech.
    """

    start_seconds: Seconds
    end_seconds: Seconds
    core_start_seconds: Seconds
    samples: Samples
    speech_share: float | None

    @property
    def is_worth_hearing(self) -> bool:
        """Whether somebody speaks enough."""
        return self.speech_share is None or self.speech_share >= LEAST_SPEECH_SHARE


class WindowCutter:
    """Is fed with finite samples and gives windows at the model's rate.

    The same audio gives the same windows whatever the pieces. It keeps the samples of one window
    and of one piece.

    Parameters
    ----------
    source_rate : of what is fed.
    model_rate : of the windows, in whose samples `grid` is.
    grid : where windows lie.
    activity : tells where somebody speaks; None takes everything for speech.
    """

    def __init__(
        self,
        source_rate: Hertz,
        model_rate: Hertz,
        grid: WindowGrid,
        activity: ActivityDetector | None,
    ) -> None:
        self._rate = model_rate
        self._grid = grid
        self._resampler = StreamResampler(source_rate, model_rate)
        self._activity = activity.open(model_rate) if activity else None
        self._recent = RecentSamples()  # from the start of the next window on
        self._next = 0  # index of the next window

    @property
    def speaking_since_seconds(self) -> Seconds | None:
        """Start of the stretch of speech that goes on; None while nobody speaks."""
        return None if self._activity is None else self._activity.speaking_since_seconds

    def take_speech(self) -> list[Interval]:
        """Stretches of speech that have ended since they were last taken, in order."""
        return [] if self._activity is None else self._activity.take_speech()

    def feed(self, samples: Samples) -> list[CutWindow]:
        """The windows that became complete with some more samples (sample,), which are kept."""
        self._hear(self._resampler.feed(samples))
        return list(self._whole())

    def flush(self) -> list[CutWindow]:
        """The last windows, with the one that the end of the audio cuts."""
        self._hear(self._resampler.flush())
        if self._activity is not None:
            self._activity.flush()
        windows = list(self._whole())
        if self._grid.ends_in_part(self._recent.received):
            windows.append(self._cut(self._recent.received))
        return windows

    def _hear(self, samples: Samples) -> None:
        self._recent.append(samples)
        if self._activity is not None:
            self._activity.feed(samples)

    def _whole(self) -> Iterator[CutWindow]:
        while self._is_known(end := self._grid.end(self._next)):
            yield self._cut(end)
            self._next += 1
        before = self._grid.start(self._next)
        self._recent.forget(before)
        if self._activity is not None:
            self._activity.forget(to_seconds(before, self._rate))

    def _is_known(self, end: int) -> bool:
        """Whether samples and speech are known up to a position."""
        return end <= self._recent.received and (
            self._activity is None or self._activity.has_heard(to_seconds(end, self._rate))
        )

    def _cut(self, end: int) -> CutWindow:
        """The next window, which ends there."""
        start = self._grid.start(self._next)
        start_seconds, end_seconds = to_seconds(start, self._rate), to_seconds(end, self._rate)
        share = None if self._activity is None else self._activity.share(start_seconds, end_seconds)
        return CutWindow(
            start_seconds=start_seconds,
            end_seconds=end_seconds,
            core_start_seconds=to_seconds(self._grid.core_start(self._next), self._rate),
            samples=self._recent.between(start, end),
            speech_share=share,
        )
