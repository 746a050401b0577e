"""One pass over the recordings of a corpus, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeAlias, TypeVar

from emotion_classifier.audio.concurrency import map_in_order
from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.waveform import Waveform
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import AudioError

T = TypeVar("T")
Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number done and the number of all."""


def measure_all(
    utterances: Sequence[Utterance],
    measure: Callable[[Waveform], T],
    *,
    progress: Progress | None = None,
) -> Generator[tuple[Utterance, T | AudioError], None, None]:
    """Each utterance with `measure` of its waveform, or the error of decoding it, in order."""

    def measured(utterance: Utterance) -> tuple[Utterance, T | AudioError]:
        try:
            return utterance, measure(read_audio(utterance.path))
        except AudioError as error:
            return utterance, error

    for done, result in enumerate(map_in_order(measured, utterances), 1):
        yield result
        if progress is not None:
            progress(done, len(utterances))
