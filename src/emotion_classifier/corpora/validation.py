"""All faults of a corpus: of file names, labels and recordings."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from emotion_classifier.audio.mixdown import Mixdown
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.corpora.corpus import Corpus, Problem
from emotion_classifier.corpora.decoding import Progress, measure_all
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import AudioError
from emotion_classifier.units import Seconds

SHORT_SECONDS: Seconds = 0.25
"""Shorter clips hold less than two syllables: too little for an emotion."""
CLIPPED_SHARE = 0.003
"""Share of samples at full scale above which clipping is reported."""

_FULL_SCALE = 0.9999


@dataclass(frozen=True)
class _Measurements:
    """The properties of a recording that are checked."""

    duration_seconds: Seconds
    clipped_share: float
    warning: str | None
    content: str


def check(corpus: Corpus, *, progress: Progress | None = None) -> list[Problem]:
    """All problems of a corpus: those found while reading it, and those of its recordings.

    Every recording is decoded. Beside the codes of `AudioError` there are ``clipped``,
    ``opposite-phase`` for channels that cancel each other out, and
    ``duplicate`` for recordings with the same samples under two names. The problems are sorted by
    file.
    """
    problems = list(corpus.problems)
    recordings: defaultdict[str, list[Utterance]] = defaultdict(list)
    for utterance, facts in measure_all(corpus.utterances, _facts, progress=progress):
        if isinstance(facts, AudioError):
            problems.append(Problem(utterance.path, facts.code, facts.reason))
            continue
        problems.extend(_faults(utterance, facts))
        recordings[facts.content].append(utterance)
    for same in recordings.values():
        problems.extend(_duplicate(copy, same[0]) for copy in same[1:])
    return sorted(problems, key=lambda problem: (problem.path, problem.code))


def _facts(waveform: Waveform) -> _Measurements:
    mono = (mixdown := Mixdown()).mix(waveform.samples)
    # The same preparation as for training and prediction, so that silent files are found here too.
    Preparation(waveform.sample_rate).apply(Waveform(mono[np.newaxis], waveform.sample_rate))
    return _Measurements(
        duration_seconds=waveform.duration_seconds,
        clipped_share=_clipped_share(waveform.samples),
        warning=mixdown.warning,
        content=hashlib.sha256(mono.tobytes()).hexdigest(),
    )


def _clipped_share(samples: Samples) -> float:
    return float(np.count_nonzero(np.abs(samples) >= _FULL_SCALE) / samples.size)


def _faults(utterance: Utterance, facts: _Measurements) -> list[Problem]:
    faults = []
    if facts.duration_seconds < SHORT_SECONDS:
        reason = f"lasts {facts.duration_seconds:.3f} s, less than {SHORT_SECONDS} s: remove it"
        faults.append(("too-short", reason))
    if facts.clipped_share > CLIPPED_SHARE:
        reason = (
            f"{facts.clipped_share:.2%} of its samples are at full scale, more than "
            f"{CLIPPED_SHARE:.2%}: it is distorted; record or export it at a lower level"
        )
        faults.append(("clipped", reason))
    if facts.warning is not None:
        faults.append(("opposite-phase", facts.warning))
    return [Problem(utterance.path, code, reason) for code, reason in faults]


def _duplicate(copy: Utterance, first: Utterance) -> Problem:
    labels = (
        "" if copy.emotion == first.emotion else f" ({copy.emotion} here, {first.emotion} there)"
    )
    return Problem(
        copy.path,
        "duplicate",
        f"is the same recording as {first.path}{labels}: remove one copy, or keep both in the "
        "same part of a split",
    )
