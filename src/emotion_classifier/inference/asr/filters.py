"""Filters before and after a recogniser.

Recognisers find words in everything: PocketSphinx in white noise, Whisper in silence. So a phrase is
recognised only if it has enough speech and the level of speech, and words outside speech are left out.
Short sounds that resemble a voice still pass: a bark, a sneeze, a baby.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from emotion_classifier.audio.level import FLOOR_DBFS, frame_levels_dbfs
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.events import Word
from emotion_classifier.units import Decibels, Hertz, Seconds

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

_FRAME_SECONDS = 0.1
_HOP_SECONDS = 0.05


def has_enough_speech(speech: Iterable[Interval]) -> bool:
    """Whether intervals of speech last `MINIMUM_SPEECH_SECONDS` together."""
    total = sum(interval.duration_seconds for interval in speech)
    return total >= MINIMUM_SPEECH_SECONDS - 1e-9  # sums of seconds are not exact


def has_level_of_speech(samples: Samples, sample_rate: Hertz) -> bool:
    """Whether the level of ``(sample,)`` is as high, and varies as much, as that of speech."""
    levels = frame_levels_dbfs(
        samples, sample_rate, frame_seconds=_FRAME_SECONDS, hop_seconds=_HOP_SECONDS
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
