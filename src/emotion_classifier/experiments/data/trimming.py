"""Thresholds of trimming compared: the audio that each removes, and the speech that it removes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.clips import sound_bounds
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform import Waveform
from emotion_classifier.corpora.corpus import Corpus
from emotion_classifier.corpora.decoding import Progress, measure_all
from emotion_classifier.errors import AudioError, CorpusError
from emotion_classifier.inference.vad.silero import RATE, ActivityDetector
from emotion_classifier.rendering.tables import Table
from emotion_classifier.units import Decibels, Seconds

THRESHOLDS_DB: tuple[Decibels, ...] = (20.0, 25.0, 30.0, 35.0, 40.0, 50.0, 60.0)
LOST_SECONDS: Seconds = 0.1
"""A clip that loses more speech is counted: about a syllable."""


@dataclass(frozen=True)
class TrimmingComparison:
    """Effects of thresholds of trimming on the clips of a corpus.

    Parameters
    ----------
    corpus : its name.
    below_db : (threshold,) thresholds, as `InputConfig.trim_below_db`.
    removed_share : (threshold,) share of the audio that is removed.
    lost_share : (threshold,) share of the speech that is removed.
    losing_clips : (threshold,) clips that lose more than `LOST_SECONDS` of speech.
    clips, clips_without_speech : number of clips that were measured.
    """

    corpus: str
    below_db: tuple[Decibels, ...]
    removed_share: tuple[float, ...]
    lost_share: tuple[float, ...]
    losing_clips: tuple[int, ...]
    clips: int
    clips_without_speech: int


def compare_trimming(
    corpus: Corpus, below_db: Sequence[Decibels], *, progress: Progress | None = None
) -> TrimmingComparison:
    """The effects of trimming at each threshold; speech is that of the voice activity network.

    Raises
    ------
    CorpusError
        No recording can be decoded, or the network finds no speech in any.
    """
    thresholds = tuple(sorted(set(below_db)))
    detector = ActivityDetector()

    def measure(waveform: Waveform) -> npt.NDArray[np.float64]:
        return _seconds(waveform, thresholds, detector)

    measured = measure_all(corpus.utterances, measure, progress=progress)
    seconds = [found for _, found in measured if not isinstance(found, AudioError)]
    if not seconds:
        raise CorpusError(f"{corpus.root}: none of the recordings can be decoded")
    # (clip, threshold, audio and speech and their removed parts)
    clips = np.array(seconds)
    audio, speech, removed, lost = np.moveaxis(clips.sum(axis=0), -1, 0)
    if not speech.any():
        raise CorpusError(f"{corpus.root}: no speech is found in any of the recordings")
    return TrimmingComparison(
        corpus.name,
        thresholds,
        tuple((removed / audio).tolist()),
        tuple((lost / speech).tolist()),
        tuple(np.count_nonzero(clips[..., 3] > LOST_SECONDS, axis=0).tolist()),
        len(clips),
        int(np.count_nonzero(clips[:, 0, 1] == 0.0)),
    )


def trimming_table(comparison: TrimmingComparison, used: Decibels | None) -> Table:
    """A row for each threshold; that which is `used` is highlighted."""
    rows = zip(
        comparison.below_db,
        comparison.removed_share,
        comparison.lost_share,
        comparison.losing_clips,
        strict=True,
    )
    return Table(
        f"{comparison.corpus}: thresholds of trimming (input.trim_below_db)",
        ("dB below the loudest frame", "audio removed", "speech lost", "clips that lose speech"),
        [
            (f"{below:g}", f"{removed:.1%}", f"{lost:.2%}", f"{clips:,}")
            for below, removed, lost, clips in rows
        ],
        strong=frozenset(i for i, below in enumerate(comparison.below_db) if below == used),
        notes=(
            "Speech as detected by the voice activity network; clips that lose more than "
            f"{LOST_SECONDS:g} s of it.",
            f"{comparison.clips_without_speech:,} of {comparison.clips:,} clips have no detected speech.",
        ),
    )


def _seconds(
    waveform: Waveform, thresholds: Sequence[Decibels], detector: ActivityDetector
) -> npt.NDArray[np.float64]:
    """Seconds (threshold, 4) of audio, of speech, and of both that trimming removes."""
    samples = Preparation(RATE).apply(waveform)
    duration = len(samples) / RATE
    speech = detector.speech(samples, RATE)
    spoken = sum(interval.duration_seconds for interval in speech)
    rows = []
    for below_db in thresholds:
        start, end = (bound / RATE for bound in sound_bounds(samples, RATE, below_db))
        kept = sum(
            max(0.0, min(interval.end_seconds, end) - max(interval.start_seconds, start))
            for interval in speech
        )
        rows.append((duration, spoken, duration - (end - start), spoken - kept))
    return np.array(rows)
