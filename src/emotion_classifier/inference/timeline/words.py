"""Recognised words of the timelines of a recording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from emotion_classifier.audio.mixdown import Mixdown
from emotion_classifier.emotions.timeline import Interval, Window
from emotion_classifier.inference.asr.phrases import Phrase, PhraseDetector, recognise
from emotion_classifier.inference.asr.recogniser import Recogniser
from emotion_classifier.inference.event_fields import text_of, words_between
from emotion_classifier.inference.events import WordsEvent
from emotion_classifier.inference.recording import Recording, open_recording
from emotion_classifier.inference.timeline.analyse import ChannelTimeline, RecordingTimelines
from emotion_classifier.units import Seconds, to_seconds


def with_words(
    recording: RecordingTimelines,
    recogniser: Recogniser,
    maximum_seconds: Seconds,
    *,
    audio: Recording | None = None,
) -> RecordingTimelines:
    """The recording with the phrases of each channel and their words; it is decoded again.

    Parameters
    ----------
    audio : of the recording; None takes its file.

    Raises
    ------
    AudioError
        The recording cannot be decoded.
    RecognitionError
        The recogniser failed.
    """
    found: list[list[WordsEvent]] = [[] for _ in recording.channels]
    for number, phrase in _phrases(recording, audio or recording.file, maximum_seconds):
        words = recognise(recogniser, phrase)
        speaker = recording.channels[number].speaker
        found[number].append(words.model_copy(update={"speaker": speaker}))
    channels = (
        replace(channel, phrases=tuple(phrases))
        for channel, phrases in zip(recording.channels, found, strict=True)
    )
    return replace(recording, channels=tuple(channels))


def _phrases(
    recording: RecordingTimelines, source: Recording, maximum_seconds: Seconds
) -> Iterator[tuple[int, Phrase]]:
    """Number of a channel and a complete phrase on it, in order for each channel."""
    speech = [channel.timeline.speech for channel in recording.channels]
    mixdown = Mixdown() if len(speech) == 1 else None
    with open_recording(source, maximum_seconds) as audio:
        detectors = [
            PhraseDetector(audio.sample_rate, partial_seconds=maximum_seconds) for _ in speech
        ]
        received = 0
        for block in audio.blocks:
            start = to_seconds(received, audio.sample_rate)
            received += block.shape[1]
            end = to_seconds(received, audio.sample_rate)
            signals = list(block) if mixdown is None else [mixdown.mix(block)]
            for number, detector in enumerate(detectors):
                spoken = _between(speech[number], start, end)
                yield from ((number, one) for one in detector.feed(signals[number], spoken))
    for number, detector in enumerate(detectors):
        yield from ((number, one) for one in detector.flush())


def spoken_in(channel: ChannelTimeline, interval: Interval | Window) -> str:
    """The words whose middle is in an interval, as text."""
    return text_of(words_between(channel.words, interval.start_seconds, interval.end_seconds))


def _between(speech: Sequence[Interval], start: Seconds, end: Seconds) -> list[Interval]:
    """The parts up to `end` of the intervals that reach into the time from `start` on."""
    return [
        Interval(one.start_seconds, min(one.end_seconds, end))
        for one in speech
        if one.end_seconds > start and one.start_seconds < end
    ]
