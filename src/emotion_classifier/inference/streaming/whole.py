"""The prediction of a whole recording and its segments, from its windows and its speech, both in order."""

from __future__ import annotations

from collections.abc import Iterable

from emotion_classifier.emotions.prediction import UNCERTAIN, Prediction
from emotion_classifier.emotions.timeline import Interval, Segment
from emotion_classifier.inference.emotion_model import EmotionModel, Probabilities
from emotion_classifier.inference.streaming.segments import SegmentJoiner
from emotion_classifier.inference.streaming.smoothing import RunningMean, Smoothing
from emotion_classifier.inference.streaming.windows import AudioWindow, WindowBuffer
from emotion_classifier.units import Seconds


class WholeRecording:
    """Smoothed predictions, segments and the prediction of a recording or of live audio so far.

    Parameters
    ----------
    model : that computes the probabilities.
    smoothing : of this recording alone.
    uncertain_below : confidence below which predictions are uncertain; None takes the thresholds of the
        model, which are those of a window and of a recording of several windows.
    """

    def __init__(
        self, model: EmotionModel, smoothing: Smoothing, uncertain_below: float | None
    ) -> None:
        self._model = model
        self._smoothing = smoothing
        self._uncertain_below = uncertain_below
        self._smoothed: Probabilities | None = None
        self._mean = RunningMean(len(model.labels), None)
        self._predicted_windows = 0
        self._joiner = SegmentJoiner()

    @property
    def shares(self) -> dict[str, float] | None:
        """Answer → share of the speech so far; None without speech."""
        seconds = {name: self._joiner.seconds[name] for name in (*self._model.labels, UNCERTAIN)}
        total = sum(seconds.values())
        return {name: one / total for name, one in seconds.items()} if total else None

    def add(self, window: AudioWindow, probabilities: Probabilities | None) -> Prediction:
        """The smoothed prediction after one more window; None for one that has no probabilities."""
        seconds = window.end_seconds - window.start_seconds
        if probabilities is not None:
            self._smoothed = self._smoothing.update(probabilities)
            self._predicted_windows += 1
        share = 1.0 if window.speech_share is None else window.speech_share
        self._mean.add(probabilities, share, seconds)
        smoothed = self._model.prediction(
            self._smoothed,
            seconds,
            speech_share=window.speech_share,
            has_speech=window.has_speech,
            uncertain_below=self._model.threshold(self._uncertain_below),
        )
        self._joiner.add_core(smoothed, window.core_start_seconds)
        return smoothed

    def join(self, buffer: WindowBuffer, ended_speech: Iterable[Interval]) -> list[Segment]:
        """Segments that have ended.

        Parameters
        ----------
        buffer : of the windows, for the speech that has not ended.
        ended_speech : intervals since the last call.
        """
        unfinished = buffer.unfinished_speech
        self._joiner.add_speech([*ended_speech, *([unfinished] if unfinished else [])])
        return self._joiner.join(buffer.speech_settled_seconds)

    def finish(self, end_seconds: Seconds) -> list[Segment]:
        """The remaining segments of a recording that ends at a time."""
        return self._joiner.finish(end_seconds)

    def merge(self, other: WholeRecording) -> None:
        """Add the windows and segments of another recording, for the prediction of both together."""
        self._mean.merge(other._mean)
        self._predicted_windows += other._predicted_windows
        for answer, seconds in other._joiner.seconds.items():
            self._joiner.seconds[answer] += seconds

    def prediction(
        self, duration_seconds: Seconds, speech_share: float | None
    ) -> Prediction | None:
        """The prediction of all windows so far; None where none has probabilities.

        Parameters
        ----------
        duration_seconds, speech_share : of the prediction.
        """
        mean = self._mean.mean()
        if mean is None:
            return None
        several = self._predicted_windows > 1
        threshold = self._model.recording_threshold if several else self._model.threshold
        return Prediction(
            self._model.labels,
            mean.probabilities,
            duration_seconds,
            speech_share,
            threshold(self._uncertain_below),
            shares=self.shares,
        )
