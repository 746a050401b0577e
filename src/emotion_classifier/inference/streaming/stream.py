"""Emotion over time, of live audio and of files: chunks of samples in, windows with predictions out.

The same audio gives the same windows and, to 1e-5, the same probabilities, whatever the chunks.

::

    samples → finite → model's rate ─┬─ voice activity → speech share of a window ─┐
                                     └─ windows ── where there is speech: model ───┤
                          segments ← smoothing, tone ←─────────────────────────────┘

Latency: a window is predicted when its last sample has been fed, at most 0.1 s later where audio is
resampled or voice activity waits for the end of a frame; the segment of a moment is known when the
window around it is predicted, half a window later.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from emotion_classifier.audio.level import rms_dbfs
from emotion_classifier.audio.waveform import (
    MINIMUM_SAMPLE_RATE,
    Samples,
    check_sample_rate,
    replace_unusable,
)
from emotion_classifier.config import StrictConfig
from emotion_classifier.emotions.prediction import LEAST_SPEECH_SHARE, NO_SPEECH, Prediction
from emotion_classifier.emotions.timeline import Interval, Segment, Window
from emotion_classifier.errors import AudioError, ConfigError
from emotion_classifier.inference.emotion_model import EmotionModel, Probabilities
from emotion_classifier.inference.streaming.smoothing import (
    ExponentialSmoothingConfig,
    RunningMean,
    Smoothing,
    SmoothingConfig,
)
from emotion_classifier.inference.streaming.whole import WholeRecording, shares_of
from emotion_classifier.inference.streaming.windows import AudioWindow, WindowBuffer, WindowGrid
from emotion_classifier.inference.vad.silero import ActivityDetector
from emotion_classifier.units import Hertz, Seconds, to_samples, to_seconds

MOST_WINDOWS = 8
"""Windows that the model processes together, so that they cost little memory."""

_CHUNK_SECONDS: Seconds = 1.0  # longer chunks are split, so that they cost no memory
_MOST_SEGMENTS = 1000  # that are stored until they are taken


class StreamConfig(StrictConfig):
    """Windows of a recording or of live audio, voice activity detection and smoothing."""

    window_seconds: Annotated[float, Field(ge=0.5, le=60.0)] = 5.0
    """Duration of a window; a recording that is not longer is one window."""
    hop_seconds: Annotated[float, Field(ge=0.1, le=60.0)] = 1.0
    """From the start of a window to that of the next one; at most a window."""
    onset: Annotated[float, Field(gt=0.0, lt=1.0)] | None = 0.5
    """Speech probability from which on there is speech; null takes everything for speech."""
    smoothing: SmoothingConfig = ExponentialSmoothingConfig()
    """Smoothing of probabilities over the windows with speech."""
    tone_seconds: Annotated[float, Field(ge=5.0, le=3600.0)] = 30.0
    """Time up to now over which the tone, the mean of the windows, is computed."""
    uncertain_below: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    """Confidence below which the answer is "uncertain"; null takes the threshold of the model."""

    @model_validator(mode="after")
    def _leave_no_audio_out(self) -> Self:
        try:
            WindowGrid.of_seconds(self.window_seconds, self.hop_seconds, MINIMUM_SAMPLE_RATE)
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return self

    def build_windows(self, model: EmotionModel, *, sample_rate: Hertz) -> WindowBuffer:
        """The windows of audio of that rate, before the model processes them.

        Raises
        ------
        AudioError
            With the code ``sample-rate``.
        """
        check_sample_rate(sample_rate)
        rate = model.input.sample_rate
        grid = WindowGrid.of_seconds(self.window_seconds, self.hop_seconds, rate)
        activity = None if self.onset is None else ActivityDetector(onset=self.onset)
        return WindowBuffer(sample_rate, rate, grid, activity)

    def build(self, model: EmotionModel, *, sample_rate: Hertz) -> Stream:
        """A stream for audio of that rate; for errors see `build_windows`."""
        tone_windows = int((self.tone_seconds - self.window_seconds) // self.hop_seconds) + 1
        return Stream(
            model,
            self.build_windows(model, sample_rate=sample_rate),
            sample_rate=sample_rate,
            smoothing=self.smoothing.build(),
            tone_windows=max(1, tone_windows),
            tone_seconds=self.tone_seconds,
            uncertain_below=self.uncertain_below,
        )


class Stream:
    """Emotion of endless audio, in bounded memory.

    A window without speech is not processed by the model: its probabilities are uniform, and those of
    `Window.smoothed` do not change. Nor do they where there is speech but its sound is too short; the
    window itself is then ``uncertain``. The `speech_share` of the tone of a window is that of the windows
    in the mean, 0 where there is none.

    Samples that are not finite (see `waveform.usable`) are processed as zeros, and counted.

    Parameters
    ----------
    model : computes the probabilities of windows.
    windows : collects the samples of this stream.
    sample_rate : of the samples that are fed.
    smoothing : of this stream alone.
    tone_windows : number of the last windows in the tone.
    tone_seconds, uncertain_below : as in `StreamConfig`.
    """

    def __init__(
        self,
        model: EmotionModel,
        windows: WindowBuffer,
        *,
        sample_rate: Hertz,
        smoothing: Smoothing,
        tone_windows: int,
        tone_seconds: Seconds,
        uncertain_below: float | None,
    ) -> None:
        self._model = model
        self._buffer = windows
        self._uncertain_below = uncertain_below
        self.whole = WholeRecording(model, smoothing, uncertain_below)
        """All windows so far."""
        self._recent_tone = RunningMean(len(model.labels), tone_windows)
        self._recent_answers: deque[tuple[str, Seconds]] = deque(maxlen=tone_windows)
        self._tone_seconds = tone_seconds
        self.sample_rate = sample_rate
        self.samples_received = 0
        """Number of samples so far."""
        self.samples_not_finite = 0
        """Number of them that were NaN, infinite or absurdly large."""
        self.windows_skipped = 0
        """Number of windows left out by ``newest_only``."""
        self._segments: list[Segment] = []
        self._speech: list[Interval] = []
        self._ended = False

    @property
    def duration_seconds(self) -> Seconds:
        """Duration of the audio so far."""
        return to_seconds(self.samples_received, self.sample_rate)

    @property
    def speaking_since_seconds(self) -> Seconds | None:
        """Start of the current stretch of speech; None without current speech."""
        return self._buffer.speaking_since_seconds

    @property
    def tone(self) -> Prediction | None:
        """Prediction of all audio so far; None while no window has enough speech."""
        return self.whole.prediction(self.duration_seconds, self._buffer.speech_share)

    def feed(self, samples: Samples, *, newest_only: bool = False) -> list[Window]:
        """Windows that are complete with some more samples.

        Parameters
        ----------
        samples : (sample,) float32, any number.
        newest_only : predict only the last of these windows, to catch up with audio that comes faster
            than the model processes it. Segments extend over the cores of those left out.

        Raises
        ------
        AudioError
            With the code ``channels`` where the samples are not those of one channel.
        ValueError
            The stream has been flushed.
        """
        if self._ended:
            raise ValueError("this stream has been flushed: open another one for more audio")
        if not isinstance(samples, np.ndarray) or samples.ndim != 1 or samples.dtype.kind != "f":
            found = getattr(samples, "dtype", type(samples).__name__)
            reason = f"a stream needs (sample,) floats, not {found} {np.shape(samples)}"
            raise AudioError(None, "channels", f"{reason}: mix channels down, scale to -1 to 1")
        # Results of the last call can be taken until now; of those never taken, the last stay.
        del self._segments[:-_MOST_SEGMENTS], self._speech[:-_MOST_SEGMENTS]
        windows: list[Window] = []
        due: list[AudioWindow] = []
        chunk = to_samples(_CHUNK_SECONDS, self.sample_rate)
        for start in range(0, len(samples), chunk):
            finite, not_finite = replace_unusable(samples[start : start + chunk])
            self.samples_received += len(finite)
            self.samples_not_finite += not_finite
            due += self._buffer.feed(finite)
            if newest_only:
                self._skip(due[:-1])
                del due[:-1]
            elif len(due) >= MOST_WINDOWS:
                windows += self._predict(due)
                due = []
        windows += self._predict(due)
        self._join(self._buffer.take_speech())
        return windows

    def flush(self) -> list[Window]:
        """The last windows, with the one that the end of the audio cuts; none on a second call."""
        if self._ended:
            return []
        self._ended = True
        windows = self._predict(self._buffer.flush())
        self._join(self._buffer.take_speech())
        self._segments += self.whole.finish(self.duration_seconds)
        return windows

    def take_segments(self) -> list[Segment]:
        """Segments that have ended since the last call, in order.

        Of those that have not been taken when the next samples are fed, the last 1000 stay.
        """
        taken, self._segments = self._segments, []
        return taken

    def take_speech(self) -> list[Interval]:
        """Intervals of speech that have ended since the last call; see `take_segments`."""
        taken, self._speech = self._speech, []
        return taken

    def _join(self, ended_speech: list[Interval]) -> None:
        self._speech += ended_speech
        self._segments += self.whole.join(self._buffer, ended_speech)

    def _skip(self, windows: list[AudioWindow]) -> None:
        self.windows_skipped += len(windows)
        for _ in windows:  # so that the tone reaches back no farther
            self._recent_tone.add(None, 0.0, 0.0)
            self._recent_answers.append((NO_SPEECH, 0.0))

    def _predict(self, due: list[AudioWindow]) -> list[Window]:
        found = iter(
            self._model.window_probabilities([one.samples for one in due if one.has_speech])
        )
        return [self._window(one, next(found) if one.has_speech else None) for one in due]

    def _window(self, due: AudioWindow, probabilities: Probabilities | None) -> Window:
        """The predictions of a window, which is added to the whole and to the tone."""
        end_seconds = min(due.end_seconds, self.duration_seconds)
        seconds = end_seconds - due.start_seconds
        share = 1.0 if due.speech_share is None else due.speech_share
        smoothed = self.whole.add(due, probabilities)
        self._recent_tone.add(probabilities, share, seconds)
        self._recent_answers.append((smoothed.answer, share * seconds))
        return Window(
            start_seconds=due.start_seconds,
            end_seconds=end_seconds,
            prediction=self._prediction(probabilities, seconds, due.speech_share),
            smoothed=smoothed,
            tone=self._tone(min(end_seconds, self._tone_seconds)),
            level_dbfs=rms_dbfs(due.samples),
        )

    def _tone(self, duration_seconds: Seconds) -> Prediction:
        mean = self._recent_tone.mean()
        if mean is None:
            return self._prediction(None, duration_seconds, 0.0)
        seconds: defaultdict[str, Seconds] = defaultdict(float)
        for answer, spoken in self._recent_answers:
            seconds[answer] += spoken
        return Prediction(
            self._model.labels,
            mean.probabilities,
            duration_seconds,
            None if self._buffer.speech_share is None else mean.speech_share,
            self._model.threshold(self._uncertain_below, windows=mean.windows),
            shares=shares_of(self._model.labels, seconds),
        )

    def _prediction(
        self, probabilities: Probabilities | None, seconds: Seconds, speech_share: float | None
    ) -> Prediction:
        return self._model.prediction(
            probabilities,
            seconds,
            speech_share=speech_share,
            has_speech=speech_share is None or speech_share >= LEAST_SPEECH_SHARE,
            uncertain_below=self._model.threshold(self._uncertain_below),
        )
