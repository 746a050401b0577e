"""Voice activity: where somebody speaks.

The network is Silero VAD 6.2.3 (MIT licence beside it), its graph for many frames at a time written
anew by ``tools/silero_rows.py``: three times as fast, the same to four decimals, and bit for bit the
same however many frames it hears at a time. Nothing of Silero's own package, which needs torch, is
used.
"""

from __future__ import annotations

from collections import deque
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np

from emotion_classifier.audio.resampling import StreamResampler
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.onnx_model import FrameRuntime
from emotion_classifier.inference.vad.hysteresis import Hysteresis
from emotion_classifier.units import Hertz, Seconds, to_samples, to_seconds

RATE: Hertz = 16_000
FRAME = 512
"""Samples of a frame, at `RATE`: 32 ms."""
LEAST_SILENCE_SECONDS: Seconds = 0.1
PADDING_SECONDS: Seconds = 0.03

_CONTEXT = 64  # samples before its frame that the network hears with it
_MOST_FRAMES = 256  # at a time, so that a long piece costs no memory
_NOTHING: Samples = np.zeros(0, np.float32)
_GRAPH = Path(__file__).with_name("silero_vad_16k_rows.onnx")


@cache
def _network() -> FrameRuntime:
    """Shared by all streams: it keeps no state."""
    return FrameRuntime(_GRAPH)


class ActivityDetector:
    """Tells where somebody speaks.

    Parameters
    ----------
    onset : speech probability of a frame from which on somebody speaks; see `inference.vad.hysteresis`.
    """

    def __init__(self, *, onset: float = 0.5) -> None:
        self._onset = onset

    def open(self, sample_rate: Hertz) -> ActivityStream:
        """A listener for one stream of that rate, with a state of its own."""
        return ActivityStream(_network(), self._onset, sample_rate)

    def speech(self, samples: Samples, sample_rate: Hertz) -> tuple[Interval, ...]:
        """Where somebody speaks in a whole recording (sample,), in order."""
        return tuple(self._heard(samples, sample_rate).take_speech())

    def speech_share(self, samples: Samples, sample_rate: Hertz) -> float:
        """Share of the frames of a whole recording (sample,) in which somebody speaks."""
        duration_seconds = to_seconds(len(samples), sample_rate)
        return self._heard(samples, sample_rate).share(0.0, duration_seconds)

    def _heard(self, samples: Samples, sample_rate: Hertz) -> ActivityStream:
        stream = self.open(sample_rate)
        stream.flush(samples)
        return stream


class ActivityStream:
    """Voice activity of one stream, fed piece by piece; the pieces change nothing.

    Parameters
    ----------
    network : gives the speech probabilities of frames.
    onset : as in `ActivityDetector`.
    sample_rate : of what is fed.
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
        self._waiting = np.zeros(_CONTEXT, np.float32)  # context, and what fills no frame yet
        self._spoken: deque[bool] = deque()  # of frames that are not forgotten
        self._forgotten = 0
        self._speech: list[Interval] = []
        self._end: int | None = None

    @property
    def speaking_since_seconds(self) -> Seconds | None:
        """Start of the stretch of speech that goes on; None while nobody speaks."""
        start = self._hysteresis.start
        return None if start is None else to_seconds(start, RATE)

    def feed(self, samples: Samples) -> None:
        """Hear some more samples (sample,) float32."""
        self._hear(self._resampler.feed(samples))

    def flush(self, last: Samples = _NOTHING) -> None:
        """Hear the `last` samples and the end: a frame that is not full is filled with zeros.

        The network is asked once for both, which is what a short recording costs.
        """
        heard = np.concatenate([self._resampler.feed(last), self._resampler.flush()])
        rest = len(self._waiting) - _CONTEXT + len(heard)
        self._end = self._frames * FRAME + rest
        self._hear(np.concatenate([heard, np.zeros(-rest % FRAME, np.float32)]))
        self._keep(self._hysteresis.flush(self._end))

    def take_speech(self) -> list[Interval]:
        """Stretches of speech that have ended since they were last taken, in order."""
        taken, self._speech = self._speech, []
        return taken

    def has_heard(self, end_seconds: Seconds) -> bool:
        """Whether all frames that end until then are decided."""
        return self._end is not None or self._frames >= to_samples(end_seconds, RATE) // FRAME

    def share(self, start_seconds: Seconds, end_seconds: Seconds) -> float:
        """Share of the frames with speech among those that end between two times.

        A frame counts by what was known when it ended: the silence that ends a stretch of speech
        counts as speech until it has lasted long enough. So the share never waits.
        """
        first = to_samples(start_seconds, RATE) // FRAME - self._forgotten
        last = to_samples(end_seconds, RATE)
        until_the_end = self._end is not None and last >= self._end
        behind = self._frames if until_the_end else last // FRAME
        spoken = list(islice(self._spoken, first, behind - self._forgotten))
        return sum(spoken) / len(spoken) if spoken else 0.0

    def forget(self, before_seconds: Seconds) -> None:
        """Let go of the frames that end before; `share` can no longer reach them."""
        first = to_samples(before_seconds, RATE) // FRAME
        while self._spoken and self._forgotten < first:
            self._spoken.popleft()
            self._forgotten += 1

    @property
    def _frames(self) -> int:
        return self._forgotten + len(self._spoken)

    def _hear(self, samples: Samples) -> None:
        """Decide the frames that `samples`, at `RATE`, make full."""
        self._waiting = np.concatenate([self._waiting, samples])
        while (count := min((len(self._waiting) - _CONTEXT) // FRAME, _MOST_FRAMES)) > 0:
            before = self._waiting[: count * FRAME].reshape(count, FRAME)[:, :_CONTEXT]
            own = self._waiting[_CONTEXT : _CONTEXT + count * FRAME].reshape(count, FRAME)
            block = np.concatenate([before, own], axis=1)
            probabilities, self._state = self._network.probabilities(block, self._state)
            self._waiting = self._waiting[count * FRAME :]
            for probability in probabilities.tolist():
                self._keep(self._hysteresis.feed(probability))
                self._spoken.append(self._hysteresis.start is not None)
        self._waiting = self._waiting.copy()  # not a view that keeps a long piece

    def _keep(self, stretch: tuple[int, int] | None) -> None:
        if stretch is not None:
            start, end = stretch
            last = end if self._end is None else min(end, self._end)
            self._speech.append(Interval(to_seconds(start, RATE), to_seconds(last, RATE)))
