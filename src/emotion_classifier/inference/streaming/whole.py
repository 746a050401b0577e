"""The prediction of a whole recording and its segments, from its windows and its speech, both in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from emotion_classifier.emotions.labels import LabelSet
from emotion_classifier.emotions.prediction import UNCERTAIN, Prediction
from emotion_classifier.emotions.timeline import Interval, Segment
from emotion_classifier.inference.emotion_model import EmotionModel, Probabilities
from emotion_classifier.inference.streaming.segments import SegmentJoiner
from emotion_classifier.inference.streaming.smoothing import RunningMean, Smoothing
from emotion_classifier.inference.streaming.windows import AudioWindow, WindowBuffer
from emotion_classifier.units import Seconds


def shares_of(labels: LabelSet, seconds: Mapping[str, Seconds]) -> dict[str, float] | None:
    """Answer → share of the speech, from the seconds of each answer; None without speech."""
    spoken = {name: seconds.get(name, 0.0) for name in (*labels, UNCERTAIN)}
    total = sum(spoken.values())
    return {name: one / total for name, one in spoken.items()} if total else None


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
        self._joiner = SegmentJoiner()

    @property
    def shares(self) -> dict[str, float] | None:
        """Answer → share of the speech so far; None without speech."""
        return shares_of(self._model.labels, self._joiner.seconds)

    def add(self, window: AudioWindow, probabilities: Probabilities | None) -> Prediction:
        """The smoothed prediction after one more window; None for one that has no probabilities."""
        seconds = window.end_seconds - window.start_seconds
        if probabilities is not None:
            self._smoothed = self._smoothing.update(probabilities)
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
        return Prediction(
            self._model.labels,
            mean.probabilities,
            duration_seconds,
            speech_share,
            self._model.threshold(self._uncertain_below, windows=mean.windows),
            shares=self.shares,
        )
