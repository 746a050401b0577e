"""Phrases: the stretches of speech that are recognised as one, cut from a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from emotion_classifier.audio.level import frame_levels_dbfs
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.asr.filters import sounds_like_speech, speaks_long_enough
from emotion_classifier.inference.asr.recogniser import Word
from emotion_classifier.inference.streaming.windows import RingBuffer
from emotion_classifier.units import Hertz, Seconds, to_samples, to_seconds

PAUSE_SECONDS: Seconds = 0.5
"""Without speech, after which a phrase is over: a recogniser needs whole phrases for their context,
so the short pauses that end a stretch of speech do not end them."""
MARGIN_SECONDS: Seconds = 0.2
"""Around the speech of a phrase, for soft beginnings and ends."""
MAXIMUM_SECONDS: Seconds = 15.0
PARTIAL_SECONDS: Seconds = 2.0

_MEMORY_SECONDS = 1.0  # kept while nobody speaks, because an onset is told some time after it was
_PARTIAL_GROWTH = 1.5  # a partial result hears the phrase anew: times that grow keep that in bounds
_FRAME_SECONDS = 0.1
_HOP_SECONDS = 0.02


@dataclass(frozen=True, eq=False)
class Utterance:
    """A phrase, or what there is of it, to be recognised.

    Parameters
    ----------
    id : of the phrase: 1, 2, 3, ...
    samples : (sample,) float32.
    sample_rate : of them.
    start_seconds : of the samples, from the start of the recording.
    speech : where somebody speaks in them, from the start of the recording.
    is_final : whether the phrase is over.
    """

    id: int
    samples: Samples
    sample_rate: Hertz
    start_seconds: Seconds
    speech: tuple[Interval, ...]
    is_final: bool

    @property
    def end_seconds(self) -> Seconds:
        """Where the samples end, from the start of the recording."""
        return self.start_seconds + to_seconds(len(self.samples), self.sample_rate)


@dataclass(frozen=True)
class Phrase:
    """What was recognised of a phrase.

    Parameters
    ----------
    id : partial results and the final one of a phrase share it; a later one replaces an earlier.
    words : with times from the start of the recording; none where the recogniser heard none.
    is_final : whether nothing will replace it.
    start_seconds, end_seconds : of what was heard for it.
    """

    id: int
    words: tuple[Word, ...]
    is_final: bool
    start_seconds: Seconds
    end_seconds: Seconds

    @property
    def text(self) -> str:
        """The words, with blanks between them."""
        return " ".join(word.text for word in self.words)


class PhraseCutter:
    """Is fed with a stream and gives its phrases, through the gates of `gates`.

    The same audio gives the same final utterances whatever the chunks. Each phrase has one of
    them, and a partial one before it whenever it has grown by enough. A phrase that gets too long
    is cut at the quietest point of its second half.

    Parameters
    ----------
    sample_rate : of what is fed.
    partial_seconds : after which a phrase that goes on is given as a partial one, later when it has
        grown by a half; None for final ones only.
    maximum_seconds : of a phrase; memory is bounded by it.
    """

    def __init__(
        self,
        sample_rate: Hertz,
        *,
        partial_seconds: Seconds | None = PARTIAL_SECONDS,
        maximum_seconds: Seconds = MAXIMUM_SECONDS,
    ) -> None:
        self._rate = sample_rate
        self._partial = (
            None if partial_seconds is None else to_samples(partial_seconds, sample_rate)
        )
        self._maximum = to_samples(maximum_seconds, sample_rate)
        self._pause = to_samples(PAUSE_SECONDS, sample_rate)
        self._margin = to_samples(MARGIN_SECONDS, sample_rate)
        self._memory = to_samples(_MEMORY_SECONDS, sample_rate)
        self._recent = RingBuffer()
        self._speech: list[tuple[int, int]] = []  # from the phrase under way on
        self._given = 0  # samples up to which phrases have been given
        self._last_id = 0
        self._length = 0  # of the phrase under way, when a partial one was last due
        self._promised = False  # whether a partial one of it was given

    def feed(self, samples: Samples, speech: Sequence[Interval]) -> list[Utterance]:
        """Utterances that became complete, and the partial one of a phrase that goes on.

        Parameters
        ----------
        samples : (sample,) float32, any number of them, after those fed before.
        speech : in order, the stretches in which somebody speaks that are new or have changed since
            the last call; the last one may end where the samples do, and go on. Whatever no
            stretch covers is taken for a pause.
        """
        self._recent.append(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0))
        for one in speech:
            self._note(one)
        found = [*self._finals(flush=False), *self._partials()]
        kept = self._recent.received - self._memory
        self._recent.drop(min(kept, self._start()) if self._speech else kept)
        return found

    def flush(self) -> list[Utterance]:
        """The phrase that was under way when the stream ended."""
        return list(self._finals(flush=True))

    def _note(self, interval: Interval) -> None:
        start = max(to_samples(interval.start_seconds, self._rate), self._given)
        end = min(to_samples(interval.end_seconds, self._rate), self._recent.received)
        while self._speech and self._speech[-1][0] >= start:  # told before, with another end
            self._speech.pop()
        if start < end:
            self._speech.append((start, end))

    def _finals(self, *, flush: bool) -> Iterator[Utterance]:
        while self._speech:
            count = self._in_first_phrase()
            start, end = self._start(), self._end(count)
            if end - start > self._maximum:
                cut = self._quietest(start + self._maximum // 2, start + self._maximum)
                yield from self._finish(start, cut)
            elif flush or self._recent.received - self._speech[count - 1][1] >= self._pause:
                yield from self._finish(start, end)
            else:
                return

    def _partials(self) -> Iterator[Utterance]:
        if self._partial is None or not self._speech:
            return
        start, end = self._start(), self._end(len(self._speech))
        if end - start >= max(self._length + self._partial, _PARTIAL_GROWTH * self._length):
            self._length = end - start
            utterance = self._utterance(start, end, is_final=False)
            if _open_gates(utterance):
                self._promised = True
                yield utterance

    def _finish(self, start: int, end: int) -> Iterator[Utterance]:
        """The phrase from `start` to `end`, and forget it."""
        utterance = self._utterance(start, end, is_final=True)
        # A phrase of which a partial result was given needs its final one, come what may.
        if self._promised or _open_gates(utterance):
            self._last_id += 1
            yield utterance
        self._given, self._length, self._promised = end, 0, False
        self._speech = [(max(one, end), other) for one, other in self._speech if other > end]

    def _utterance(self, start: int, end: int, *, is_final: bool) -> Utterance:
        speech = tuple(
            Interval(
                to_seconds(max(one, start), self._rate), to_seconds(min(other, end), self._rate)
            )
            for one, other in self._speech
            if one < end
        )
        samples = self._recent.between(start, end)
        since = to_seconds(start, self._rate)
        return Utterance(self._last_id + 1, samples, self._rate, since, speech, is_final)

    def _in_first_phrase(self) -> int:
        """How many stretches of speech belong to the first phrase."""
        for count, (one, other) in enumerate(pairwise(self._speech), start=1):
            if other[0] - one[1] >= self._pause:
                return count
        return len(self._speech)

    def _start(self) -> int:
        earliest = max(self._given, self._recent.start)
        return max(self._speech[0][0] - self._margin, earliest)

    def _end(self, count: int) -> int:
        return min(self._speech[count - 1][1] + self._margin, self._recent.received)

    def _quietest(self, start: int, end: int) -> int:
        """The middle of the quietest frame between two positions, of the last of equal ones."""
        levels = frame_levels_dbfs(
            self._recent.between(start, end),
            self._rate,
            frame_seconds=_FRAME_SECONDS,
            hop_seconds=_HOP_SECONDS,
        )
        frame = len(levels) - 1 - int(levels[::-1].argmin())
        middle = frame * _HOP_SECONDS + _FRAME_SECONDS / 2
        return min(start + to_samples(middle, self._rate), end)


def _open_gates(utterance: Utterance) -> bool:
    """Whether it may be recognised; its margins, in which nobody speaks, do not count."""
    if not speaks_long_enough(utterance.speech):
        return False
    first, last = utterance.speech[0].start_seconds, utterance.speech[-1].end_seconds
    rate = utterance.sample_rate
    start = to_samples(first - utterance.start_seconds, rate)
    spoken = utterance.samples[start : start + to_samples(last - first, rate)]
    return sounds_like_speech(spoken, rate)
