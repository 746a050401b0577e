"""From the samples of a stream to its windows, with the speech in them.

Windows of equal length follow each other at a fixed hop. When the recording ends behind the end of
the last whole window, the next one, cut at the end of the recording, is a window too, so that every
sample is in one; it is longer than a window less a hop, unless the recording is shorter than that.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emotion_classifier.audio.resampling import StreamResampler
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.prediction import LEAST_SPEECH_SHARE
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.errors import ConfigError
from emotion_classifier.inference.vad.silero import ActivityDetector
from emotion_classifier.units import Hertz, Seconds, to_samples, to_seconds

_NOTHING: Samples = np.zeros(0, np.float32)


@dataclass(frozen=True)
class WindowGrid:
    """Positions of windows, in samples.

    Parameters
    ----------
    window : length of a window.
    hop : from the start of a window to that of the next one, not longer than a window.
    """

    window: int
    hop: int

    @classmethod
    def of_seconds(
        cls, window_seconds: Seconds, hop_seconds: Seconds, sample_rate: Hertz
    ) -> WindowGrid:
        """The grid at a rate.

        Raises
        ------
        ConfigError
            The hop is longer than a window, so that some audio would lie in none, or too short.
        """
        grid = cls(to_samples(window_seconds, sample_rate), to_samples(hop_seconds, sample_rate))
        if not 0 < grid.hop <= grid.window:
            raise ConfigError(
                f"hop_seconds is {hop_seconds:g}: it must be above 0 and at most "
                f"window_seconds ({window_seconds:g}), so that windows leave no audio out"
            )
        return grid

    def start(self, index: int) -> int:
        """First sample of a window."""
        return index * self.hop

    def end(self, index: int) -> int:
        """End of a window, if the recording does not end before."""
        return self.start(index) + self.window

    def core_start(self, index: int) -> int:
        """First sample of the core of a window: the stretch in its middle.

        Cores are one hop long and follow each other without gaps; that of the first window begins
        with the recording.
        """
        return self.start(index) + (self.window - self.hop) // 2 if index else 0

    def whole(self, total: int) -> int:
        """Number of whole windows in a recording of `total` samples."""
        return max(0, (total - self.window) // self.hop + 1)

    def ends_in_part(self, total: int) -> bool:
        """Whether a recording of `total` samples has a last window that is cut at its end."""
        whole = self.whole(total)
        return total > (self.end(whole - 1) if whole else 0)


@dataclass(frozen=True, eq=False)
class AudioWindow:
    """A window before the model has processed it.

    Parameters
    ----------
    start_seconds, end_seconds : of the window.
    core_start_seconds : start of its core, see `WindowGrid.core_start`.
    samples : (sample,) at the model's rate.
    speech_share : share of its time with speech; None without voice activity detection.
    """

    start_seconds: Seconds
    end_seconds: Seconds
    core_start_seconds: Seconds
    samples: Samples
    speech_share: float | None

    @property
    def has_speech(self) -> bool:
        """Whether there is enough speech for the model to process the window."""
        return self.speech_share is None or self.speech_share >= LEAST_SPEECH_SHARE


class RingBuffer:
    """The latest samples of an endless stream, by their position in it.

    Chunks are stored as they come, so that appending one costs the same whatever is stored.
    """

    def __init__(self) -> None:
        self._chunks: deque[tuple[int, Samples]] = deque()
        self.received = 0
        """Number of samples so far, dropped ones included."""

    @property
    def start(self) -> int:
        """Position of the first sample that is still stored."""
        return self._chunks[0][0] if self._chunks else self.received

    def append(self, samples: Samples) -> None:
        """Add ``(sample,)``, which is not copied and must not change afterwards."""
        if len(samples):
            self._chunks.append((self.received, samples))
            self.received += len(samples)

    def between(self, start: int, end: int) -> Samples:
        """Samples ``(sample,)`` from `start` to before `end`, which must still be stored."""
        parts = [
            chunk[max(0, start - at) : end - at]
            for at, chunk in self._chunks
            if at < end and start < at + len(chunk)
        ]
        return np.concatenate(parts) if parts else _NOTHING

    def drop(self, before: int) -> None:
        """Drop the whole chunks that end before a position."""
        while self._chunks and self._chunks[0][0] + len(self._chunks[0][1]) <= before:
            self._chunks.popleft()


class WindowBuffer:
    """Collects the samples of a stream and returns its windows at the model's rate.

    The same audio gives the same windows whatever the chunks. It stores the samples of one window
    and of one chunk.

    Parameters
    ----------
    source_rate : of the samples that come.
    model_rate : of the windows; `grid` is in samples of it.
    grid : positions of the windows.
    activity : detects speech; None takes everything for speech.
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
        self._buffer = RingBuffer()  # from the start of the next window on
        self._next = 0  # index of the next window

    @property
    def speaking_since_seconds(self) -> Seconds | None:
        """Start of the current interval of speech; None without current speech."""
        return None if self._activity is None else self._activity.speaking_since_seconds

    @property
    def speech_settled_seconds(self) -> Seconds:
        """Time up to which speech will not change."""
        return math.inf if self._activity is None else self._activity.settled_seconds

    @property
    def unfinished_speech(self) -> Interval | None:
        """The current interval of speech, as far as it is settled; None without current speech.

        Without voice activity detection all sound is an interval that never ends.
        """
        start = 0.0 if self._activity is None else self._activity.speaking_since_seconds
        return None if start is None else Interval(start, self.speech_settled_seconds)

    @property
    def speech_share(self) -> float | None:
        """Share of all time so far with speech; None without voice activity detection."""
        return None if self._activity is None else self._activity.total_share

    def take_speech(self) -> list[Interval]:
        """Intervals of speech that have ended since the last call, in order."""
        return [] if self._activity is None else self._activity.take_speech()

    def feed(self, samples: Samples) -> list[AudioWindow]:
        """Windows that are complete with some more samples (sample,), which are not copied."""
        resampled = self._resampler.feed(samples)
        self._buffer.append(resampled)
        if self._activity is not None:
            self._activity.feed(resampled)
        return list(self._complete_windows())

    def flush(self, last: Samples = _NOTHING) -> list[AudioWindow]:
        """The last windows, with the one that the end of the audio cuts.

        Parameters
        ----------
        last : (sample,) last samples of the stream.
        """
        resampled = np.concatenate([self._resampler.feed(last), self._resampler.flush()])
        self._buffer.append(resampled)
        if self._activity is not None:
            self._activity.flush(resampled)
        windows = list(self._complete_windows())
        if self._grid.ends_in_part(self._buffer.received):
            windows.append(self._window(self._buffer.received))
        return windows

    def _complete_windows(self) -> Iterator[AudioWindow]:
        while self._is_complete(end := self._grid.end(self._next)):
            yield self._window(end)
            self._next += 1
        before = self._grid.start(self._next)
        self._buffer.drop(before)
        if self._activity is not None:
            self._activity.drop(to_seconds(before, self._rate))

    def _is_complete(self, end: int) -> bool:
        """Whether samples and speech are known up to a position."""
        return end <= self._buffer.received and (
            self._activity is None or self._activity.is_known(to_seconds(end, self._rate))
        )

    def _window(self, end: int) -> AudioWindow:
        """The next window, which ends there."""
        start = self._grid.start(self._next)
        start_seconds, end_seconds = to_seconds(start, self._rate), to_seconds(end, self._rate)
        share = None if self._activity is None else self._activity.share(start_seconds, end_seconds)
        return AudioWindow(
            start_seconds=start_seconds,
            end_seconds=end_seconds,
            core_start_seconds=to_seconds(self._grid.core_start(self._next), self._rate),
            samples=self._buffer.between(start, end),
            speech_share=share,
        )
