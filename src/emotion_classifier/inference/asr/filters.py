"""What must be true before anything is taken for words.

A recogniser finds words in everything: PocketSphinx in white noise, Whisper in silence. So nothing
reaches it unless both gates are open, that of voice activity and that of level, and a word that it
puts where nobody speaks is left out. What still gets through is short and like a voice: a bark, a
sneeze, a baby.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from emotion_classifier.audio.level import FLOOR_DBFS, frame_levels_dbfs
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.asr.recogniser import Word
from emotion_classifier.units import Decibels, Hertz, Seconds

LEAST_SPEECH_SECONDS: Seconds = 0.25
"""Of speech in a phrase: Silero's own least length. Coughs and clicks are shorter, a "yes" is not."""
LEAST_LEVEL_DBFS: Decibels = -60.0
"""Of the loudest tenth of a second of a phrase. In the quietest clips of RAVDESS it is -50 dBFS;
what a microphone gives while nobody is near it is below -60 dBFS."""
LEAST_RANGE_DB: Decibels = 8.0
"""Between the loudest and the quietest tenth of a second of a phrase. Speech, with its vowels and
stops, has 13 dB and more; music and machines that are taken for speech mostly have less."""
TOLERANCE_SECONDS: Seconds = 0.1
"""By which a word may miss the speech: recognisers place the borders of words no better."""

_FRAME_SECONDS = 0.1
_HOP_SECONDS = 0.05


def speaks_long_enough(speech: Iterable[Interval]) -> bool:
    """Whether stretches of speech last `LEAST_SPEECH_SECONDS` together."""
    total = sum(one.end_seconds - one.start_seconds for one in speech)
    return total >= LEAST_SPEECH_SECONDS - 1e-9  # sums of seconds are not exact


def sounds_like_speech(samples: Samples, sample_rate: Hertz) -> bool:
    """Whether the level of ``(sample,)`` is as high, and rises and falls as much, as in speech."""
    levels = frame_levels_dbfs(
        samples, sample_rate, frame_seconds=_FRAME_SECONDS, hop_seconds=_HOP_SECONDS
    )
    loudest = float(levels.max(initial=FLOOR_DBFS))
    quietest = float(levels.min(initial=loudest))
    return loudest >= LEAST_LEVEL_DBFS and loudest - quietest >= LEAST_RANGE_DB


def words_in_speech(words: Iterable[Word], speech: Sequence[Interval]) -> Iterator[Word]:
    """The words that touch a stretch of speech, give or take `TOLERANCE_SECONDS`."""
    for word in words:
        if any(
            word.start_seconds < one.end_seconds + TOLERANCE_SECONDS
            and word.end_seconds > one.start_seconds - TOLERANCE_SECONDS
            for one in speech
        ):
            yield word
