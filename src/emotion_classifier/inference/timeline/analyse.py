"""Timeline of a whole recording, from the same stream as live audio."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.emotions.timeline import Interval, Segment, Timeline, Window
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.recording import Recording, open_recording, path_of
from emotion_classifier.inference.streaming.stream import Stream
from emotion_classifier.units import Seconds


def analyse(
    predictor: Predictor,
    recording: Recording,
    *,
    on_progress: Callable[[Seconds], object] | None = None,
) -> Timeline:
    """Timeline of a recording with its channels mixed to one.

    Parameters
    ----------
    predictor : the model and the settings.
    recording : path of a file, or a waveform in memory.
    on_progress : called again and again with the analysed seconds.

    Raises
    ------
    AudioError
        The recording cannot be decoded, is not finite or too long.
    """
    (timeline,) = _analyse(predictor, recording, on_progress, lambda block: [block.mono()])
    return timeline


def analyse_channels(
    predictor: Predictor,
    recording: Recording,
    *,
    on_progress: Callable[[Seconds], object] | None = None,
) -> list[Timeline]:
    """Timeline of each channel of a recording; see `analyse`."""
    return _analyse(predictor, recording, on_progress, lambda block: list(block.samples))


class _Collector:
    """Collects the results of a stream."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._windows: list[Window] = []
        self._segments: list[Segment] = []
        self._speech: list[Interval] = []

    @property
    def duration_seconds(self) -> Seconds:
        return self._stream.duration_seconds

    def feed(self, samples: Samples) -> None:
        self._collect(self._stream.feed(samples))

    def finish(self, path: Path | None) -> Timeline:
        self._collect(self._stream.flush())
        if count := self._stream.samples_not_finite:
            reason = f"{count} samples are NaN, infinite or absurdly large, where full scale is 1: repair them"
            raise AudioError(path, "not-finite", reason)
        return Timeline(
            duration_seconds=self.duration_seconds,
            windows=tuple(self._windows),
            segments=tuple(self._segments),
            speech=tuple(self._speech),
            tone=self._stream.tone,
        )

    def _collect(self, windows: list[Window]) -> None:
        self._windows += windows
        self._segments += self._stream.take_segments()
        self._speech += self._stream.take_speech()


def _analyse(
    predictor: Predictor,
    recording: Recording,
    on_progress: Callable[[Seconds], object] | None,
    signals: Callable[[Waveform], list[Samples]],
) -> list[Timeline]:
    """Timeline of each of the `signals` (sample,) of a recording."""
    collectors: list[_Collector] = []
    with open_recording(recording, predictor.maximum_seconds) as audio:
        for block in audio.blocks:
            found = signals(Waveform(block, audio.sample_rate))
            if not collectors:
                collectors = [_Collector(predictor.stream(audio.sample_rate)) for _ in found]
            for collector, samples in zip(collectors, found, strict=True):
                collector.feed(samples)
            if on_progress is not None:
                on_progress(collectors[0].duration_seconds)
    return [collector.finish(path_of(recording)) for collector in collectors]
