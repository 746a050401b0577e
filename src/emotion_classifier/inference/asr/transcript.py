"""Phrases of a stream, as words.

`Transcript` recognises at once, for files. A live listener, which may not wait for a recogniser,
feeds a `PhraseCutter`, hands what it gives to a `Backlog`, and lets a thread `recognise` from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.asr.filters import words_in_speech
from emotion_classifier.inference.asr.phrases import Phrase, PhraseCutter, Utterance
from emotion_classifier.inference.asr.recogniser import Recogniser


class Transcript:
    """Is fed with a stream and gives its phrases with their words.

    Parameters
    ----------
    recogniser : hears them; its errors pass through.
    cutter : finds them.
    """

    def __init__(self, recogniser: Recogniser, cutter: PhraseCutter) -> None:
        self._recogniser = recogniser
        self._cutter = cutter

    def feed(self, samples: Samples, speech: Sequence[Interval]) -> list[Phrase]:
        """Phrases that are over, and what there is of the one that goes on.

        Parameters
        ----------
        samples, speech : see `PhraseCutter.feed`.
        """
        return [recognise(self._recogniser, one) for one in self._cutter.feed(samples, speech)]

    def flush(self) -> list[Phrase]:
        """The phrase that was under way when the stream ended."""
        return [recognise(self._recogniser, one) for one in self._cutter.flush()]


def recognise(recogniser: Recogniser, utterance: Utterance) -> Phrase:
    """The words of an utterance, with times from the start of the recording.

    Raises
    ------
    RecognitionError
        See `Recogniser.transcribe`.
    """
    start = utterance.start_seconds
    words = (
        replace(
            word, start_seconds=word.start_seconds + start, end_seconds=word.end_seconds + start
        )
        for word in recogniser.transcribe(utterance.samples, utterance.sample_rate)
    )
    spoken = tuple(words_in_speech(words, utterance.speech))
    return Phrase(utterance.id, spoken, utterance.is_final, start, utterance.end_seconds)
