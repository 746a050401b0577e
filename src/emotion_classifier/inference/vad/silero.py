"""Voice activity detection: the stretches of speech in audio.

The network is Silero VAD 6.2.3 (MIT licence beside it). ``tools/silero_rows.py`` rewrites its graph for
many frames at a time: three times as fast, the same to four decimals, and bit for bit the same for any
number of frames in a call. Nothing of Silero's own package, which needs torch, is used.
"""

from __future__ import annotations

from collections import deque
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.resampling import StreamResampler
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.onnx_model import FrameRuntime
from emotion_classifier.units import Decibels, Hertz, Seconds, to_samples, to_seconds

RATE: Hertz = 16_000
FRAME = 512
"""Samples of a frame, at `RATE`: 32 ms."""
LEAST_SILENCE_SECONDS: Seconds = 0.1
PADDING_SECONDS: Seconds = 0.03
MAXIMUM_BREAK_SECONDS: Seconds = 0.2
"""A longer silence ends an interval of speech (an inter-pausal unit): closures of stop consonants are
shorter."""

QUIET_BELOW_DBFS: Decibels = -45.0
"""Peak below which audio is amplified for the network, which misses quieter speech: of 60 clips of RAVDESS 57
at -50 dBFS, 28 at -55 and 3 at -60 have speech."""
MOST_GAIN_DB: Decibels = 20.0
"""Speech at -60 dBFS needs 15 dB; with more, the noise before the first word would change the speech."""

_RELEASE_DB_PER_SECOND = 0.6  # so that pauses between loud words are not amplified
_CONTEXT = 64  # samples before each frame that the network takes with it
_RELEASE = 10.0 ** (-_RELEASE_DB_PER_SECOND / 20.0 * FRAME / RATE)
_QUIET_PEAK, _MOST_GAIN = 10.0 ** (QUIET_BELOW_DBFS / 20.0), 10.0 ** (MOST_GAIN_DB / 20.0)
_MOST_FRAMES = 256  # of a call, so that a long chunk costs no memory
_OFFSET_BELOW_ONSET = 0.15
_LEAST_OFFSET = 0.01
_NOTHING: Samples = np.zeros(0, np.float32)
GRAPH = Path(__file__).with_name("silero_vad_16k_rows.onnx")
"""Of the network."""


@cache
def _network() -> FrameRuntime:
    """Shared by all streams: it keeps no state."""
    return FrameRuntime(GRAPH)


class ActivityDetector:
    """Detects speech.

    Parameters
    ----------
    onset : speech probability of a frame from which on there is speech, see `Hysteresis`.
    """

    def __init__(self, *, onset: float = 0.5) -> None:
        self._onset = onset

    def open(self, sample_rate: Hertz) -> ActivityStream:
        """The voice activity of one stream of that rate."""
        return ActivityStream(_network(), self._onset, sample_rate)

    def speech(self, samples: Samples, sample_rate: Hertz) -> tuple[Interval, ...]:
        """Intervals of speech in a whole recording (sample,), in order."""
        stream = self.open(sample_rate)
        stream.flush(samples)
        return tuple(stream.take_speech())


class ActivityStream:
    """Voice activity of one stream, whose samples come in chunks of any length.

    Quiet audio is amplified first. Stretches of the `Hysteresis` with a break of up to `MAXIMUM_BREAK_SECONDS`
    are one interval of speech.

    Parameters
    ----------
    network : computes the speech probabilities of frames.
    onset : as in `ActivityDetector`.
    sample_rate : of the stream.
    """

    def __init__(self, network: FrameRuntime, onset: float, sample_rate: Hertz) -> None:
        self._network = network
        self._state = network.first_state()
        self._hysteresis = Hysteresis(
            onset,
            frame=FRAME,
            least_silence=to_samples(LEAST_SILENCE_SECONDS, RATE),
            padding=to_samples(PADDING_SECONDS, RATE),
        )
        self._resampler = StreamResampler(sample_rate, RATE)
        self._gain = QuietGain()
        self._offset = Offset()
        self._waiting = np.zeros(_CONTEXT, np.float32)  # context, and an incomplete frame
        self._spoken: deque[bool] = deque()  # of frames that have not been dropped
        self._dropped = 0
        self._spoken_frames = 0
        self._speech: list[Interval] = []
        self._last: tuple[int, int] | None = None  # interval that the next stretch may extend
        self._longest_break = to_samples(MAXIMUM_BREAK_SECONDS, RATE)
        self._end: int | None = None

    @property
    def speaking_since_seconds(self) -> Seconds | None:
        """Start of the current interval of speech; None without current speech."""
        start = self._hysteresis.start if self._last is None else self._last[0]
        return None if start is None else to_seconds(start, RATE)

    @property
    def settled_seconds(self) -> Seconds:
        """Time up to which the intervals of speech will not change."""
        if self._last is not None and self._hysteresis.start is None:
            return to_seconds(self._last[1], RATE)
        return to_seconds(self._hysteresis.settled, RATE)

    @property
    def total_share(self) -> float:
        """Share of all complete frames so far with speech; 0 before the first one."""
        return self._spoken_frames / self._frames if self._frames else 0.0

    def feed(self, samples: Samples) -> None:
        """Process some more samples (sample,) float32."""
        self._process(self._resampler.feed(samples))

    def flush(self, last: Samples = _NOTHING) -> None:
        """Process the `last` samples and the end: an incomplete frame is filled with zeros.

        Both take one call of the network, which saves time for short recordings.
        """
        samples = np.concatenate([self._resampler.feed(last), self._resampler.flush()])
        rest = len(self._waiting) - _CONTEXT + len(samples)
        self._end = self._frames * FRAME + rest
        self._process(np.concatenate([samples, np.zeros(-rest % FRAME, np.float32)]))
        self._add_stretch(self._hysteresis.flush(self._end))
        self._end_interval()

    def take_speech(self) -> list[Interval]:
        """Intervals of speech that have ended since the last call, in order."""
        taken, self._speech = self._speech, []
        return taken

    def is_known(self, end_seconds: Seconds) -> bool:
        """Whether all frames that end until then have been processed."""
        return self._end is not None or self._frames >= to_samples(end_seconds, RATE) // FRAME

    def share(self, start_seconds: Seconds, end_seconds: Seconds) -> float:
        """Share of the frames with speech among those that end between two times.

        A frame counts by the state when it ended: the silence that ends a stretch of speech
        counts as speech until it has lasted long enough. So the share never waits. The incomplete
        frame at the end of the audio does not count, because it is not known before the end.
        """
        first = to_samples(start_seconds, RATE) // FRAME - self._dropped
        last = to_samples(end_seconds, RATE) // FRAME - self._dropped
        spoken = list(islice(self._spoken, first, last))
        return sum(spoken) / len(spoken) if spoken else 0.0

    def drop(self, before_seconds: Seconds) -> None:
        """Drop the frames that end before a time; `share` no longer counts them."""
        first = to_samples(before_seconds, RATE) // FRAME
        while self._spoken and self._dropped < first:
            self._spoken.popleft()
            self._dropped += 1

    @property
    def _frames(self) -> int:
        return self._dropped + len(self._spoken)

    def _process(self, samples: Samples) -> None:
        """Process the frames that are complete with `samples`, at `RATE`."""
        self._waiting = np.concatenate([self._waiting, samples])
        while (count := min((len(self._waiting) - _CONTEXT) // FRAME, _MOST_FRAMES)) > 0:
            context = self._waiting[: count * FRAME].reshape(count, FRAME)[:, :_CONTEXT]
            own = self._waiting[_CONTEXT : _CONTEXT + count * FRAME].reshape(count, FRAME)
            offsets = self._offset.of_frames(own)
            gains = self._gain.of_frames(own - offsets)
            block = (np.concatenate([context, own], axis=1) - offsets * (gains > 1.0)) * gains
            probabilities, self._state = self._network.probabilities(block, self._state)
            self._waiting = self._waiting[count * FRAME :]
            for probability in probabilities.tolist():
                self._add_stretch(self._hysteresis.feed(probability))
                if self._end is None or (self._frames + 1) * FRAME <= self._end:
                    is_speech = self._hysteresis.start is not None
                    self._spoken.append(is_speech)
                    self._spoken_frames += is_speech
        self._waiting = self._waiting.copy()  # not a view that holds a long chunk

    def _add_stretch(self, stretch: tuple[int, int] | None) -> None:
        """Add a stretch that has ended, and end the interval before a longer break."""
        following = self._hysteresis.following if stretch is None else stretch[0]
        if self._last is not None and following - self._last[1] > self._longest_break:
            self._end_interval()
        if stretch is not None:
            self._last = (stretch[0] if self._last is None else self._last[0], stretch[1])

    def _end_interval(self) -> None:
        if self._last is not None:
            start, end = self._last
            last = end if self._end is None else min(end, self._end)
            self._speech.append(Interval(to_seconds(start, RATE), to_seconds(last, RATE)))
            self._last = None


class QuietGain:
    """Gain that raises the peak of quiet audio to `QUIET_BELOW_DBFS`, by `MOST_GAIN_DB` at most.

    The peak is that of the audio so far, forgotten by 0.6 dB a second, so that louder audio has a gain of 1.
    """

    def __init__(self) -> None:
        self._peak = 0.0

    def of_frames(self, frames: Samples) -> npt.NDArray[np.float32]:
        """Gains (frame, 1) of the next frames (frame, sample)."""
        gains = []
        for peak in np.abs(frames).max(axis=1).tolist():
            self._peak = max(peak, self._peak * _RELEASE)
            gains.append(min(max(_QUIET_PEAK / max(self._peak, 1e-9), 1.0), _MOST_GAIN))
        return np.array(gains, np.float32)[:, np.newaxis]


class Offset:
    """Mean of the audio so far: the constant offset of a sound card would pass for loud audio."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._count = 0

    def of_frames(self, frames: Samples) -> npt.NDArray[np.float32]:
        """Offsets (frame, 1) of the next frames (frame, sample), each with those before it."""
        means = frames.mean(axis=1, dtype=np.float64)
        sums = np.cumsum(np.concatenate([[self._sum], means]))[1:]
        counts = self._count + np.arange(1, len(sums) + 1)
        self._sum, self._count = float(sums[-1]), int(counts[-1])
        return (sums / counts).astype(np.float32)[:, np.newaxis]


class Hysteresis:
    """Stretches of speech, in samples, from the speech probabilities of frames, without flicker.

    The rule is that of Silero's own iterator: speech starts with the first frame at or above the
    onset and ends when the probability has been below the offset, which is 0.15 lower, and not again
    above the onset, for `least_silence`; stretches are extended by `padding`.

    Parameters
    ----------
    onset : speech probability from which on there is speech.
    frame : samples of a frame.
    least_silence : samples of silence that end a stretch.
    padding : samples added at both ends.
    """

    def __init__(self, onset: float, *, frame: int, least_silence: int, padding: int) -> None:
        self._onset = onset
        self._offset = max(onset - _OFFSET_BELOW_ONSET, _LEAST_OFFSET)
        self._frame, self._least_silence, self._padding = frame, least_silence, padding
        self._position = 0  # end of the last frame
        self._silent_from: int | None = None
        self.start: int | None = None
        """Start of the current stretch of speech; None without current speech."""

    @property
    def settled(self) -> int:
        """Sample up to which stretches will not change."""
        if self.start is None:
            return self.following
        return self._position if self._silent_from is None else self._silent_from

    @property
    def following(self) -> int:
        """Start of the current stretch, or the earliest start of the next one."""
        return max(0, self._position - self._padding) if self.start is None else self.start

    def feed(self, probability: float) -> tuple[int, int] | None:
        """Start and end of the stretch that ends with this frame; None where none does."""
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
        """Start and end of the stretch at the end of the recording; None without speech there."""
        return None if self.start is None else self._finish(self.start, end)

    def _finish(self, start: int, latest: int) -> tuple[int, int]:
        end = latest if self._silent_from is None else self._silent_from + self._padding
        self.start = self._silent_from = None
        return start, min(end, latest)
