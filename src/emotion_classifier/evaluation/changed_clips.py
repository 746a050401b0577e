"""Clips that one of two runs predicts correctly and the other does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion_classifier.evaluation.predictions import LabelledPredictions


@dataclass(frozen=True)
class ChangedClip:
    """A clip, its true emotion, and the emotion that each of two runs predicts."""

    id: str
    file: str
    speaker: str
    true: str
    first: str
    second: str


@dataclass(frozen=True)
class ChangedClips:
    """Clips that only the second run predicts correctly, and clips that only the first does."""

    corrected: tuple[ChangedClip, ...]
    newly_wrong: tuple[ChangedClip, ...]


def changed_clips(first: LabelledPredictions, second: LabelledPredictions) -> ChangedClips:
    """The clips whose prediction became correct or wrong, in the order of the two runs."""
    changes = (~first.correct & second.correct, first.correct & ~second.correct)
    return ChangedClips(*(_clips(first, second, np.flatnonzero(rows)) for rows in changes))


def _clips(
    first: LabelledPredictions, second: LabelledPredictions, rows: np.ndarray
) -> tuple[ChangedClip, ...]:
    names = first.labels.names
    return tuple(
        ChangedClip(
            id=first.ids[row],
            file=first.files[row],
            speaker=first.speakers[row],
            true=names[first.true[row]],
            first=names[first.predicted[row]],
            second=names[second.predicted[row]],
        )
        for row in rows.tolist()
    )
