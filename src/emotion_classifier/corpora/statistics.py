"""Statistics of a corpus: clips, speakers, durations, loudness, silence.

Loudness is of the mean of the channels, in dB relative to full scale. Silence at the
ends is the time before the first and after the last frame of 20 ms whose level is within
`SILENCE_BELOW_DB` of the loudest frame.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.level import FLOOR_DBFS, frame_levels_dbfs, peak_dbfs, rms_dbfs
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.corpora.corpus import Corpus, Problem
from emotion_classifier.corpora.decoding import Progress, measure_all
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import AudioError, CorpusError
from emotion_classifier.units import Decibels, Hertz, Seconds

SILENCE_BELOW_DB: Decibels = 40.0
UNKNOWN_SEX = "unknown"
_FRAME_SECONDS: Seconds = 0.02
_HOP_SECONDS: Seconds = 0.01


@dataclass(frozen=True, slots=True)
class ClipStatistics:
    """Measurements of a recording.

    Parameters
    ----------
    duration_seconds : of the whole recording.
    rms_dbfs, peak_dbfs : of the mean of its channels.
    leading_silence_seconds, trailing_silence_seconds : at its ends; a silent
        recording has leading silence only.
    sample_rate, channels : of the file.
    """

    duration_seconds: Seconds
    rms_dbfs: Decibels
    peak_dbfs: Decibels
    leading_silence_seconds: Seconds
    trailing_silence_seconds: Seconds
    sample_rate: Hertz
    channels: int


@dataclass(frozen=True)
class Quantiles:
    """Lowest, quarter, middle, three-quarter and highest value."""

    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    maximum: float

    @classmethod
    def of(cls, values: npt.ArrayLike) -> Quantiles:
        """Quantiles of at least one value, between neighbours by linear interpolation."""
        return cls(*(float(q) for q in np.quantile(np.asarray(values), (0, 0.25, 0.5, 0.75, 1))))


@dataclass(frozen=True)
class GroupStatistics:
    """Statistics of a group of clips.

    Parameters
    ----------
    clips, speakers : how many.
    hours : of all clips together.
    duration_seconds, rms_dbfs, peak_dbfs, leading_silence_seconds, trailing_silence_seconds :
        spread over the clips.
    sample_rates, channels : value → clips.
    """

    clips: int
    speakers: int
    hours: float
    duration_seconds: Quantiles
    rms_dbfs: Quantiles
    peak_dbfs: Quantiles
    leading_silence_seconds: Quantiles
    trailing_silence_seconds: Quantiles
    sample_rates: Mapping[Hertz, int]
    channels: Mapping[int, int]


@dataclass(frozen=True)
class CorpusStatistics:
    """Statistics of a corpus, as a whole and by group.

    Parameters
    ----------
    corpus : its name.
    clips : utterance and its statistics, in the order of the corpus; those that cannot be decoded
        are among `problems`.
    total, by_emotion, by_speaker, by_sex : group → its statistics, groups in sorted order; speakers
        whose sex is not known have the sex ``unknown``.
    problems : clips that could not be decoded, with the reason.
    """

    corpus: str
    clips: tuple[tuple[Utterance, ClipStatistics], ...]
    total: GroupStatistics
    by_emotion: Mapping[str, GroupStatistics]
    by_speaker: Mapping[str, GroupStatistics]
    by_sex: Mapping[str, GroupStatistics]
    problems: tuple[Problem, ...]


def measure(waveform: Waveform) -> ClipStatistics:
    """Measurements of a recording."""
    mono = waveform.mono()
    leading, trailing = _silence_seconds(mono, waveform.sample_rate)
    return ClipStatistics(
        duration_seconds=waveform.duration_seconds,
        rms_dbfs=rms_dbfs(mono),
        peak_dbfs=peak_dbfs(mono),
        leading_silence_seconds=leading,
        trailing_silence_seconds=trailing,
        sample_rate=waveform.sample_rate,
        channels=waveform.samples.shape[0],
    )


def corpus_statistics(corpus: Corpus, *, progress: Progress | None = None) -> CorpusStatistics:
    """Statistics of a corpus, of which every recording is decoded once.

    Raises
    ------
    CorpusError
        No recording can be decoded.
    """
    clips: list[tuple[Utterance, ClipStatistics]] = []
    problems: list[Problem] = []
    for utterance, measured in measure_all(corpus.utterances, measure, progress=progress):
        if isinstance(measured, AudioError):
            problems.append(Problem(utterance.path, measured.code, measured.reason))
        else:
            clips.append((utterance, measured))
    if not clips:
        raise CorpusError(
            f"{corpus.root}: none of the {len(problems)} recordings can be decoded; the first, "
            f"{problems[0].path}, because {problems[0].message}"
            if problems
            else f"{corpus.root}: the corpus {corpus.name} has no utterances: add some"
        )
    return summarise(corpus.name, clips, problems)


def summarise(
    corpus: str,
    clips: Iterable[tuple[Utterance, ClipStatistics]],
    problems: Iterable[Problem] = (),
) -> CorpusStatistics:
    """Statistics of at least one clip, as a whole and by emotion, speaker and sex."""
    clips = tuple(clips)

    def by(key: Callable[[Utterance], str]) -> dict[str, GroupStatistics]:
        groups: dict[str, list[tuple[Utterance, ClipStatistics]]] = {}
        for utterance, clip in clips:
            groups.setdefault(key(utterance), []).append((utterance, clip))
        return {name: _group(groups[name]) for name in sorted(groups)}

    return CorpusStatistics(
        corpus=corpus,
        clips=clips,
        total=_group(clips),
        by_emotion=by(lambda utterance: utterance.emotion),
        by_speaker=by(lambda utterance: utterance.speaker_id),
        by_sex=by(lambda utterance: utterance.sex or UNKNOWN_SEX),
        problems=tuple(problems),
    )


def _group(members: Iterable[tuple[Utterance, ClipStatistics]]) -> GroupStatistics:
    utterances, clips = zip(*members, strict=True)
    durations = [clip.duration_seconds for clip in clips]
    return GroupStatistics(
        clips=len(clips),
        speakers=len({utterance.speaker_id for utterance in utterances}),
        hours=sum(durations) / 3600,
        duration_seconds=Quantiles.of(durations),
        rms_dbfs=Quantiles.of([clip.rms_dbfs for clip in clips]),
        peak_dbfs=Quantiles.of([clip.peak_dbfs for clip in clips]),
        leading_silence_seconds=Quantiles.of([clip.leading_silence_seconds for clip in clips]),
        trailing_silence_seconds=Quantiles.of([clip.trailing_silence_seconds for clip in clips]),
        sample_rates=dict(sorted(Counter(clip.sample_rate for clip in clips).items())),
        channels=dict(sorted(Counter(clip.channels for clip in clips).items())),
    )


def _silence_seconds(mono: Samples, sample_rate: Hertz) -> tuple[Seconds, Seconds]:
    duration = len(mono) / sample_rate
    levels = frame_levels_dbfs(
        mono, sample_rate, frame_seconds=_FRAME_SECONDS, hop_seconds=_HOP_SECONDS
    )
    if levels.max() <= FLOOR_DBFS:
        return duration, 0.0
    loud = np.flatnonzero(levels >= levels.max() - SILENCE_BELOW_DB)
    end = loud[-1] * _HOP_SECONDS + _FRAME_SECONDS
    return float(loud[0] * _HOP_SECONDS), max(0.0, float(duration - end))
