"""Recognised words of the timelines of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from emotion_classifier.audio.io import open_audio
from emotion_classifier.audio.mixdown import Mixdown
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.asr.phrases import PhraseDetector, recognise
from emotion_classifier.inference.asr.recogniser import Recogniser
from emotion_classifier.inference.events import Word
from emotion_classifier.inference.timeline.analyse import RecordingTimelines
from emotion_classifier.units import Seconds, to_seconds


def with_words(
    recording: RecordingTimelines, recogniser: Recogniser, maximum_seconds: Seconds
) -> RecordingTimelines:
    """The recording with the words of each channel; it is decoded again.

    Raises
    ------
    AudioError
        The recording cannot be decoded.
    RecognitionError
        The recogniser failed.
    """
    speech = [channel.timeline.speech for channel in recording.channels]
    words: list[list[Word]] = [[] for _ in speech]
    mixdown = Mixdown() if len(speech) == 1 else None
    with open_audio(Path(recording.file), maximum_seconds=maximum_seconds) as audio:
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
                for phrase in detector.feed(signals[number], spoken):
                    words[number] += recognise(recogniser, phrase).words
    for number, detector in enumerate(detectors):
        for phrase in detector.flush():
            words[number] += recognise(recogniser, phrase).words
    channels = (
        replace(channel, words=tuple(found))
        for channel, found in zip(recording.channels, words, strict=True)
    )
    return replace(recording, channels=tuple(channels))


def words_in(words: Sequence[Word], interval: Interval) -> str:
    """The words whose middle is in an interval, as text."""
    return " ".join(
        word.text
        for word in words
        if interval.start_seconds
        <= (word.start_seconds + word.end_seconds) / 2
        < interval.end_seconds
    )


def _between(speech: Sequence[Interval], start: Seconds, end: Seconds) -> list[Interval]:
    """The parts up to `end` of the intervals that reach into the time from `start` on."""
    return [
        Interval(one.start_seconds, min(one.end_seconds, end))
        for one in speech
        if one.end_seconds > start and one.start_seconds < end
    ]
