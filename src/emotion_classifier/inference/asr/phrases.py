"""Phrases: the parts of an audio stream that are recognised together.

Recognisers find words in everything: PocketSphinx in white noise, Whisper in silence. So a phrase is
recognised only if it has enough speech and the level of speech, and words outside speech are left out.
Short sounds that resemble a voice still pass: a bark, a sneeze, a baby.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from emotion_classifier.audio.level import FLOOR_DBFS, frame_levels_dbfs
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.asr.recogniser import Recogniser
from emotion_classifier.inference.event_fields import Word, text_of
from emotion_classifier.inference.events import WordsEvent
from emotion_classifier.inference.streaming.windows import RingBuffer
from emotion_classifier.units import Decibels, Hertz, Seconds, to_samples, to_seconds

PAUSE_SECONDS: Seconds = 0.5
"""Pause that ends a phrase. Voice activity detection ends an interval of speech at shorter pauses,
but recognisers need whole phrases as context."""
MARGIN_SECONDS: Seconds = 0.2
"""Audio around the speech of a phrase, for soft beginnings and ends."""
MAXIMUM_SECONDS: Seconds = 15.0
"""Longest phrase."""
PARTIAL_SECONDS: Seconds = 2.0
"""Growth of a phrase after which a partial result is due."""
MINIMUM_SPEECH_SECONDS: Seconds = 0.25
"""Least speech in a phrase, as in Silero's own code. Coughs and clicks are shorter, a "yes" is not."""
MINIMUM_LEVEL_DBFS: Decibels = -60.0
"""Least level of the loudest tenth of a second of a phrase. The quietest clips of RAVDESS have -50
dBFS; a microphone without a speaker nearby stays below -60 dBFS."""
MINIMUM_RANGE_DB: Decibels = 8.0
"""Least difference between the loudest and the quietest tenth of a second of a phrase. Speech, with
its vowels and stops, has 13 dB and more; music and machines mostly have less."""
TOLERANCE_SECONDS: Seconds = 0.1
"""Allowed distance of a word from speech: the precision of word borders."""

_MEMORY_SECONDS = 1.0  # kept without speech, because the start of speech is reported with a delay
# Partial results recognise the phrase from its start: growing steps bound that.
_PARTIAL_GROWTH = 1.5
_FRAME_SECONDS = 0.1
_HOP_SECONDS = 0.02
_LEVEL_HOP_SECONDS = 0.05


@dataclass(frozen=True, eq=False)
class Phrase:
    """Audio of a phrase, or of its beginning, to be recognised.

    Parameters
    ----------
    id : number of the phrase: 1, 2, 3, ...; partial results and the final one share it.
    samples : (sample,) float32.
    start_seconds : time of the first sample.
    speech : intervals of speech, on the same time axis.
    is_final : whether the phrase is complete.
    """

    id: int
    samples: Samples
    sample_rate: Hertz
    start_seconds: Seconds
    speech: tuple[Interval, ...]
    is_final: bool

    @property
    def end_seconds(self) -> Seconds:
        """Time of the end of the samples."""
        return self.start_seconds + to_seconds(len(self.samples), self.sample_rate)

    @property
    def passes_filters(self) -> bool:
        """Whether the phrase has enough speech, with the level of speech between its margins."""
        if not has_enough_speech(self.speech):
            return False
        first, last = self.speech[0].start_seconds, self.speech[-1].end_seconds
        start = to_samples(first - self.start_seconds, self.sample_rate)
        end = start + to_samples(last - first, self.sample_rate)
        return has_level_of_speech(self.samples[start:end], self.sample_rate)


def has_enough_speech(speech: Iterable[Interval]) -> bool:
    """Whether intervals of speech last `MINIMUM_SPEECH_SECONDS` together."""
    total = sum(interval.duration_seconds for interval in speech)
    return total >= MINIMUM_SPEECH_SECONDS - 1e-9  # sums of seconds are not exact


def has_level_of_speech(samples: Samples, sample_rate: Hertz) -> bool:
    """Whether the level of ``(sample,)`` is as high, and varies as much, as that of speech."""
    levels = frame_levels_dbfs(
        samples, sample_rate, frame_seconds=_FRAME_SECONDS, hop_seconds=_LEVEL_HOP_SECONDS
    )
    loudest = float(levels.max(initial=FLOOR_DBFS))
    quietest = float(levels.min(initial=loudest))
    return loudest >= MINIMUM_LEVEL_DBFS and loudest - quietest >= MINIMUM_RANGE_DB


def words_in_speech(words: Iterable[Word], speech: Sequence[Interval]) -> Iterator[Word]:
    """Words that overlap an interval of speech, with a tolerance of `TOLERANCE_SECONDS`."""
    for word in words:
        if any(
            word.start_seconds < interval.end_seconds + TOLERANCE_SECONDS
            and word.end_seconds > interval.start_seconds - TOLERANCE_SECONDS
            for interval in speech
        ):
            yield word


def recognise(recogniser: Recogniser, phrase: Phrase) -> WordsEvent:
    """Words of a phrase, on its time axis.

    Raises
    ------
    RecognitionError
        See `Recogniser.transcribe`.
    """
    start = phrase.start_seconds
    words = []
    for word in recogniser.transcribe(phrase.samples, phrase.sample_rate):
        times = {
            "start_seconds": word.start_seconds + start,
            "end_seconds": word.end_seconds + start,
        }
        words.append(Word(**vars(word) | times))
    spoken = tuple(words_in_speech(words, phrase.speech))
    return WordsEvent(
        phrase=phrase.id,
        is_final=phrase.is_final,
        start_seconds=start,
        end_seconds=phrase.end_seconds,
        text=text_of(spoken),
        words=spoken,
    )


class PhraseDetector:
    """Phrases of an audio stream with enough speech and the level of speech.

    The same audio has the same final phrases whatever the chunks. Each phrase has one final result,
    and partial ones before it whenever it has grown by enough. A phrase that gets too long is cut at
    the quietest point of its second half.

    Parameters
    ----------
    offset_seconds : time of the first sample of the stream in the returned phrases.
    first_id : number of the first phrase.
    partial_seconds : duration after which an unfinished phrase is returned, again after this much more
        and at least half of its duration.
    maximum_seconds : longest phrase; memory is bounded by it.
    """

    def __init__(
        self,
        sample_rate: Hertz,
        *,
        offset_seconds: Seconds = 0.0,
        first_id: int = 1,
        partial_seconds: Seconds = PARTIAL_SECONDS,
        maximum_seconds: Seconds = MAXIMUM_SECONDS,
    ) -> None:
        self.next_id = first_id
        """Number of the next phrase."""
        self._rate = sample_rate
        self._offset_seconds = offset_seconds
        self._partial = to_samples(partial_seconds, sample_rate)
        self._maximum = to_samples(maximum_seconds, sample_rate)
        self._pause = to_samples(PAUSE_SECONDS, sample_rate)
        self._margin = to_samples(MARGIN_SECONDS, sample_rate)
        self._memory = to_samples(_MEMORY_SECONDS, sample_rate)
        self._recent = RingBuffer()
        self._speech: list[tuple[int, int]] = []  # in samples, from the current phrase on
        self._finished = 0  # position up to which phrases are finished
        self._length = 0  # of the current phrase at its last partial result
        self._has_partial = False

    @property
    def finished_seconds(self) -> Seconds:
        """Time before which no further phrase starts."""
        start = self._start() if self._speech else max(self._finished, self._recent.start)
        return self._seconds(start)

    def feed(self, samples: Samples, speech: Sequence[Interval]) -> list[Phrase]:
        """Phrases that are complete, and the beginning of the current one if it is due.

        Parameters
        ----------
        samples : (sample,) float32, any number, following those of the last call.
        speech : in order, the intervals of speech that are new or have changed since the last call, in
            seconds from the start of the stream. The last one may end with the samples and go on.
        """
        self._recent.append(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0))
        for interval in speech:
            self._add(interval)
        found = [*self._finals(flush=False), *self._partials()]
        kept = self._recent.received - self._memory
        self._recent.drop(min(kept, self._start()) if self._speech else kept)
        return found

    def flush(self) -> list[Phrase]:
        """The unfinished phrase at the end of the stream."""
        return list(self._finals(flush=True))

    def _add(self, interval: Interval) -> None:
        start = max(to_samples(interval.start_seconds, self._rate), self._finished)
        end = min(to_samples(interval.end_seconds, self._rate), self._recent.received)
        while self._speech and self._speech[-1][0] >= start:  # the same interval with another end
            self._speech.pop()
        if start < end:
            self._speech.append((start, end))

    def _finals(self, *, flush: bool) -> Iterator[Phrase]:
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

    def _partials(self) -> Iterator[Phrase]:
        if not self._speech:
            return
        start, end = self._start(), self._end(len(self._speech))
        if end - start >= max(self._length + self._partial, _PARTIAL_GROWTH * self._length):
            self._length = end - start
            phrase = self._phrase(start, end, is_final=False)
            if phrase.passes_filters:
                self._has_partial = True
                yield phrase

    def _finish(self, start: int, end: int) -> Iterator[Phrase]:
        phrase = self._phrase(start, end, is_final=True)
        # After a partial result there is always a final one.
        if self._has_partial or phrase.passes_filters:
            self.next_id += 1
            yield phrase
        self._finished, self._length, self._has_partial = end, 0, False
        self._speech = [(max(first, end), last) for first, last in self._speech if last > end]

    def _phrase(self, start: int, end: int, *, is_final: bool) -> Phrase:
        speech = tuple(
            Interval(self._seconds(max(first, start)), self._seconds(min(last, end)))
            for first, last in self._speech
            if first < end
        )
        samples = self._recent.between(start, end)
        return Phrase(self.next_id, samples, self._rate, self._seconds(start), speech, is_final)

    def _seconds(self, position: int) -> Seconds:
        return self._offset_seconds + to_seconds(position, self._rate)

    def _in_first_phrase(self) -> int:
        """Number of intervals of speech in the first phrase."""
        for count, (one, following) in enumerate(pairwise(self._speech), start=1):
            if following[0] - one[1] >= self._pause:
                return count
        return len(self._speech)

    def _start(self) -> int:
        earliest = max(self._finished, self._recent.start)
        return max(self._speech[0][0] - self._margin, earliest)

    def _end(self, count: int) -> int:
        return min(self._speech[count - 1][1] + self._margin, self._recent.received)

    def _quietest(self, start: int, end: int) -> int:
        """Middle of the quietest frame between two positions, the last one of equal frames."""
        levels = frame_levels_dbfs(
            self._recent.between(start, end),
            self._rate,
            frame_seconds=_FRAME_SECONDS,
            hop_seconds=_HOP_SECONDS,
        )
        frame = len(levels) - 1 - int(levels[::-1].argmin())
        middle = frame * _HOP_SECONDS + _FRAME_SECONDS / 2
        return min(start + to_samples(middle, self._rate), end)
