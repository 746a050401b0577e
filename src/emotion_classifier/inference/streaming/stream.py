"""Emotion over time: of live audio, piece by piece, and of files, which go the same way.

The same audio gives the same windows and, to 1e-5, the same probabilities, whatever the pieces.

::

    samples → sound → model's rate  ─┬─ voice activity → share of speech of a window ─┐
                                     └─ windows ── where somebody speaks: model ──────┤
                          segments ← smoothing, tone ←────────────────────────────────┘

Latency: the answer for a window is there when its last sample has been fed, at most 0.1 s later where
sound is resampled or voice activity waits for the end of its frame; the answer for a moment (its
segment) when the window around it is, half a window later.
"""

from __future__ import annotations

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
from emotion_classifier.emotions.prediction import Prediction
from emotion_classifier.emotions.timeline import Interval, Segment, Window
from emotion_classifier.errors import AudioError, ConfigError
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.running_mean import Tone
from emotion_classifier.inference.streaming.segments import SegmentJoiner
from emotion_classifier.inference.streaming.smoothing import (
    ExponentialSmoothingConfig,
    Probabilities,
    Smoothing,
    SmoothingConfig,
)
from emotion_classifier.inference.streaming.window_buffer import CutWindow, WindowCutter
from emotion_classifier.inference.streaming.window_inference import hear_windows
from emotion_classifier.inference.streaming.windows import WindowGrid
from emotion_classifier.inference.vad.silero import ActivityDetector
from emotion_classifier.units import Hertz, Seconds, to_samples, to_seconds

TONE_SECONDS: Seconds = 30.0

_PIECE_SECONDS: Seconds = 1.0  # what is fed is heard in pieces, so that long ones cost no memory
_MOST_DUE = 8  # windows that are answered together
_MOST_SEGMENTS = 1000  # that are kept for whoever does not take them


class StreamConfig(StrictConfig):
    """How a recording is heard over time."""

    window_seconds: Annotated[float, Field(ge=0.5, le=60.0)] = 5.0
    """Duration of the windows that get an answer each."""
    hop_seconds: Annotated[float, Field(ge=0.1, le=60.0)] = 1.0
    """From the start of a window to that of the next one; at most a window."""
    onset: Annotated[float, Field(gt=0.0, lt=1.0)] | None = 0.5
    """Speech probability from which on somebody speaks; null takes everything for speech."""
    smoothing: SmoothingConfig = ExponentialSmoothingConfig()
    """How answers are smoothed over windows in which somebody speaks."""
    tone_seconds: Annotated[float, Field(ge=5.0, le=3600.0)] = TONE_SECONDS
    """The time up to now that the tone of the conversation is taken from."""
    uncertain_below: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    """Confidence below which the answer is "uncertain"; null takes the threshold of the model."""

    @model_validator(mode="after")
    def _leave_no_audio_out(self) -> Self:
        try:
            WindowGrid.of_seconds(self.window_seconds, self.hop_seconds, MINIMUM_SAMPLE_RATE)
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return self

    def build(self, predictor: Predictor, *, sample_rate: Hertz) -> Stream:
        """A stream for audio of that rate."""
        return Stream(
            predictor,
            None if self.onset is None else ActivityDetector(onset=self.onset),
            sample_rate=sample_rate,
            window_seconds=self.window_seconds,
            hop_seconds=self.hop_seconds,
            smoothing=self.smoothing.build(),
            tone_seconds=self.tone_seconds,
            uncertain_below=self.uncertain_below,
        )


class Stream:
    """Emotion of endless audio, in bounded memory.

    A window in which nobody speaks is not heard by the model; its probabilities are equal, and those
    of `Window.smoothed` stay what they were. So do they where somebody speaks but too briefly to
    judge by; the window itself is then ``uncertain``. The `speech_share` of a tone is that of the
    windows it is the mean of, 0 where there is none.

    Samples that are no sound (see `waveform.usable`) are heard as zeros, and counted.

    Parameters
    ----------
    predictor : the model.
    activity : tells where somebody speaks; None takes everything for speech.
    sample_rate : of what is fed.
    window_seconds, hop_seconds, tone_seconds, uncertain_below : as in `StreamConfig`.
    smoothing : of this stream alone; None takes that of `StreamConfig`.

    Raises
    ------
    ConfigError
        The hop is longer than a window.
    AudioError
        With the code ``sample-rate``.
    """

    def __init__(
        self,
        predictor: Predictor,
        activity: ActivityDetector | None,
        *,
        sample_rate: Hertz,
        window_seconds: Seconds = 5.0,
        hop_seconds: Seconds = 1.0,
        smoothing: Smoothing | None = None,
        tone_seconds: Seconds = TONE_SECONDS,
        uncertain_below: float | None = None,
    ) -> None:
        check_sample_rate(sample_rate)
        threshold = predictor.specification.uncertain_below
        self._uncertain_below = threshold if uncertain_below is None else uncertain_below
        self._predictor = predictor
        model_rate = predictor.input.sample_rate
        grid = WindowGrid.of_seconds(window_seconds, hop_seconds, model_rate)
        self._cutter = WindowCutter(sample_rate, model_rate, grid, activity)
        self._listens_for_speech = activity is not None
        self._smoothing = smoothing or ExponentialSmoothingConfig().build()
        in_tone = int((tone_seconds - window_seconds) // hop_seconds) + 1
        self._recent_tone = Tone(len(predictor.labels), max(1, in_tone))
        self._whole_tone = Tone(len(predictor.labels), None)
        self._tone_seconds = tone_seconds
        self._joiner = SegmentJoiner()
        self.sample_rate = sample_rate
        self.samples_received = 0
        """How many samples were fed."""
        self.samples_not_finite = 0
        """How many of them were NaN, infinite or absurdly large."""
        self.windows_skipped = 0
        """How many windows were left out because newer ones were wanted only."""
        self._smoothed: Probabilities | None = None
        self._segments: list[Segment] = []
        self._speech: list[Interval] = []
        self._ended = False

    @classmethod
    def open(
        cls, predictor: Predictor, sample_rate: Hertz, config: StreamConfig | None = None
    ) -> Stream:
        """A stream for audio of that rate, with these settings or the defaults."""
        return (config or StreamConfig()).build(predictor, sample_rate=sample_rate)

    @property
    def duration_seconds(self) -> Seconds:
        """Duration of what was fed."""
        return to_seconds(self.samples_received, self.sample_rate)

    @property
    def speaking_since_seconds(self) -> Seconds | None:
        """Start of the stretch of speech that goes on; None while nobody speaks."""
        return self._cutter.speaking_since_seconds

    @property
    def tone_weight_seconds(self) -> Seconds:
        """Seconds of speech in the windows of `tone`, by which it weighs among those of other streams."""
        return self._whole_tone.speech_seconds

    @property
    def tone(self) -> Prediction | None:
        """Of everything so far; None while nobody has spoken long enough to judge by."""
        whole = self._whole_tone
        return None if whole.mean() is None else self._tone(whole, self.duration_seconds)

    def feed(self, samples: Samples, *, newest_only: bool = False) -> list[Window]:
        """The windows that became complete with some more samples (sample,) float32, any number.

        Parameters
        ----------
        samples : after those fed before.
        newest_only : answer the last of these windows only, to catch up with audio that comes faster
            than the model hears it. The one before decides about the cores of those left out.

        Raises
        ------
        AudioError
            With the code ``channels`` where the samples are not those of one channel.
        ValueError
            The stream has been flushed.
        """
        if self._ended:
            raise ValueError("this stream has been flushed: open another one for more audio")
        if samples.ndim != 1 or samples.dtype.kind != "f":
            reason = f"a stream is fed with (sample,) floats, not {samples.dtype} {samples.shape}"
            raise AudioError(None, "channels", f"{reason}: mix channels down, scale to -1 to 1")
        # What the last call gave can be taken until now, and some of what nobody ever takes.
        del self._segments[:-_MOST_SEGMENTS], self._speech[:-_MOST_SEGMENTS]
        windows: list[Window] = []
        due: list[CutWindow] = []
        piece = to_samples(_PIECE_SECONDS, self.sample_rate)
        for start in range(0, len(samples), piece):
            sound, spoiled = replace_unusable(samples[start : start + piece])
            self.samples_received += len(sound)
            self.samples_not_finite += spoiled
            due += self._cutter.feed(sound)
            self._speech += self._cutter.take_speech()
            if newest_only:
                self._skip(due[:-1])
                del due[:-1]
            elif len(due) >= _MOST_DUE:
                windows += self._answer(due)
                due = []
        return windows + self._answer(due)

    def flush(self) -> list[Window]:
        """The last windows, with the one that the end of the audio cuts; the second time none."""
        if self._ended:
            return []
        self._ended = True
        windows = self._answer(self._cutter.flush())
        self._speech += self._cutter.take_speech()
        last = self._joiner.finish(self.duration_seconds)
        self._segments += [last] if last else []
        return windows

    def take_segments(self) -> list[Segment]:
        """Segments that have ended since they were last taken, in order.

        Of those that were not taken when the next samples are fed, the last 1000 are kept.
        """
        taken, self._segments = self._segments, []
        return taken

    def take_speech(self) -> list[Interval]:
        """Stretches of speech that have ended since they were last taken; see `take_segments`."""
        taken, self._speech = self._speech, []
        return taken

    def _skip(self, windows: list[CutWindow]) -> None:
        self.windows_skipped += len(windows)
        for _ in windows:
            self._recent_tone.add(None, 0.0, 0.0)  # so that it reaches back no farther

    def _answer(self, due: list[CutWindow]) -> list[Window]:
        heard = iter(
            hear_windows(self._predictor, [one.samples for one in due if one.is_worth_hearing])
        )
        return [self._window(one, next(heard) if one.is_worth_hearing else None) for one in due]

    def _window(self, due: CutWindow, probabilities: Probabilities | None) -> Window:
        """The answer for a window; smoothing, tones and segments take it in."""
        end_seconds = min(due.end_seconds, self.duration_seconds)
        seconds = end_seconds - due.start_seconds
        if probabilities is not None:
            self._smoothed = self._smoothing.update(probabilities)
        share = 1.0 if due.speech_share is None else due.speech_share
        for tone in (self._recent_tone, self._whole_tone):
            tone.add(probabilities, share, seconds)
        smoothed = self._prediction(self._smoothed, seconds, due.speech_share)
        ended = self._joiner.feed(smoothed, due.core_start_seconds)
        self._segments += [ended] if ended else []
        return Window(
            start_seconds=due.start_seconds,
            end_seconds=end_seconds,
            prediction=self._prediction(probabilities, seconds, due.speech_share),
            smoothed=smoothed,
            tone=self._tone(self._recent_tone, min(end_seconds, self._tone_seconds)),
            level_dbfs=rms_dbfs(due.samples),
        )

    def _tone(self, tone: Tone, seconds: Seconds) -> Prediction:
        mean = tone.mean()
        if mean is None:
            return self._prediction(None, seconds, 0.0)
        share = mean.speech_share if self._listens_for_speech else None
        return self._prediction(mean.probabilities, seconds, share)

    def _prediction(
        self, probabilities: Probabilities | None, seconds: Seconds, speech_share: float | None
    ) -> Prediction:
        """The prediction of some probabilities; without them it has equal ones and is not certain."""
        labels = self._predictor.labels
        if probabilities is None:
            equal = np.full(len(labels), 1.0 / len(labels), np.float32)
            return Prediction(labels, equal, seconds, speech_share, uncertain_below=1.0)
        return Prediction(labels, probabilities, seconds, speech_share, self._uncertain_below)
