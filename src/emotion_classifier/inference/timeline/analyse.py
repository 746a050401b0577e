"""Whole recordings over time: the stream of live audio, fed with a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from emotion_classifier.audio.io import AudioStream, open_audio
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.emotions.timeline import Interval, Segment, Timeline, Window
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import Stream, StreamConfig
from emotion_classifier.units import Seconds

LONGEST_SECONDS: Seconds = 6 * 3600.0
"""The longest file that is analysed unless a longer one is allowed. Its audio takes no memory, because
it is decoded while it is heard; its timeline does, some 4 kB for each window."""


def analyse(
    predictor: Predictor,
    recording: Path | str | Waveform,
    config: StreamConfig | None = None,
    *,
    maximum_seconds: Seconds = LONGEST_SECONDS,
    tell: Callable[[Seconds], object] | None = None,
) -> Timeline:
    """The emotions of a recording over time, its channels mixed to one.

    Parameters
    ----------
    predictor : the model.
    recording : a file, or a waveform in memory.
    config : None takes the defaults.
    maximum_seconds : longer files are refused.
    tell : is called again and again with how much has been heard.

    Raises
    ------
    AudioError
        The recording cannot be decoded, is not finite or too long.
    """
    (timeline,) = _analyse(
        predictor, recording, config, maximum_seconds, tell, lambda block: [block.mono()]
    )
    return timeline


def analyse_channels(
    predictor: Predictor,
    recording: Path | str | Waveform,
    config: StreamConfig | None = None,
    *,
    maximum_seconds: Seconds = LONGEST_SECONDS,
    tell: Callable[[Seconds], object] | None = None,
) -> list[Timeline]:
    """The emotions of each channel of a recording over time; see `analyse`."""
    return _analyse(
        predictor, recording, config, maximum_seconds, tell, lambda block: list(block.samples)
    )


class _Collector:
    """All that one stream gives."""

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
    recording: Path | str | Waveform,
    config: StreamConfig | None,
    maximum_seconds: Seconds,
    tell: Callable[[Seconds], object] | None,
    signals: Callable[[Waveform], list[Samples]],
) -> list[Timeline]:
    """A timeline of each of the `signals` (sample,) of a recording."""
    wanted = config or StreamConfig()
    path = None if isinstance(recording, Waveform) else Path(recording)
    collectors: list[_Collector] = []
    with _opened(recording, maximum_seconds) as audio:
        for block in audio.blocks:
            found = signals(Waveform(block, audio.sample_rate))
            if not collectors:
                streams = (wanted.build(predictor, sample_rate=audio.sample_rate) for _ in found)
                collectors = [_Collector(stream) for stream in streams]
            for collector, samples in zip(collectors, found, strict=True):
                collector.feed(samples)
            if tell is not None:
                tell(collectors[0].duration_seconds)
    return [collector.finish(path) for collector in collectors]


@contextmanager
def _opened(recording: Path | str | Waveform, maximum_seconds: Seconds) -> Iterator[AudioStream]:
    if isinstance(recording, Waveform):
        channels = len(recording.samples)
        yield AudioStream(recording.sample_rate, channels, iter([recording.samples]))
    else:
        with open_audio(Path(recording), maximum_seconds=maximum_seconds) as audio:
            yield audio
