"""Clips with what is known about them and what a model answered: the input of every score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import EvaluationError

Names: TypeAlias = tuple[str, ...]
MaybeNames: TypeAlias = tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class LabelledPredictions:
    """One row for each clip.

    Parameters
    ----------
    labels : the emotions, in the order of `probabilities` and the indices of `true`.
    ids, files, corpora : of the clips.
    speakers : identities that are unique over all corpora.
    sexes, intensities : None where unknown.
    durations_seconds : (clip,) of the whole clips.
    true : (clip,) index of the emotion.
    probabilities : (clip, emotion) of the model.
    perceived : (clip, emotion) share of the listeners who heard each emotion, NaN for a clip without
        votes; None where no clip has any.

    Raises
    ------
    EvaluationError
        Columns of different lengths, a clip twice, an emotion out of range, a probability that is
        no number, or votes that are no shares.
    """

    labels: LabelSet
    ids: Names
    files: Names
    corpora: Names
    speakers: Names
    sexes: MaybeNames
    intensities: MaybeNames
    durations_seconds: npt.NDArray[np.float64]
    true: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32]
    perceived: npt.NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        clips = len(self.ids)
        for name in (*_NAMES, "durations_seconds", "true", "probabilities"):
            if len(getattr(self, name)) != clips:
                raise EvaluationError(f"{len(getattr(self, name))} {name} for {clips} clips")
        if self.probabilities.shape != (clips, len(self.labels)):
            raise EvaluationError(
                f"probabilities of shape {self.probabilities.shape} for {clips} clips and "
                f"{len(self.labels)} emotions: one row a clip, one column an emotion"
            )
        bad = np.flatnonzero(~np.isfinite(self.probabilities).all(axis=1))
        if bad.size:
            raise EvaluationError(
                f"{bad.size} of {clips} clips have a probability that is not a number, first "
                f"{self.ids[bad[0]]}: the model has diverged or its weights are damaged"
            )
        if clips and not (self.true.min() >= 0 and self.true.max() < len(self.labels)):
            raise EvaluationError(f"a true emotion is outside 0 to {len(self.labels) - 1}")
        if self.perceived is not None:
            _require_shares(self.perceived, self.probabilities.shape)
        twice = [clip for clip, times in Counter(self.ids).items() if times > 1]
        if twice:
            raise EvaluationError(
                f"{len(twice)} clips are scored more than once, first {twice[0]}: each clip is "
                "scored once, and the test parts of folds share none"
            )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def predicted(self) -> npt.NDArray[np.int64]:
        """Index ``(clip,)`` of the most probable emotion; of equal ones the first."""
        places: npt.NDArray[np.int64] = self.probabilities.argmax(axis=1)
        return places

    @property
    def correct(self) -> npt.NDArray[np.bool_]:
        """Whether each clip ``(clip,)`` got its true emotion."""
        hits: npt.NDArray[np.bool_] = self.predicted == self.true
        return hits

    @property
    def confidence(self) -> npt.NDArray[np.float32]:
        """Probability ``(clip,)`` of the predicted emotion."""
        highest: npt.NDArray[np.float32] = self.probabilities.max(axis=1)
        return highest

    @property
    def has_votes(self) -> npt.NDArray[np.bool_]:
        """Whether each clip ``(clip,)`` has votes of listeners."""
        if self.perceived is None:
            return np.zeros(len(self), dtype=np.bool_)
        return ~np.isnan(self.perceived[:, 0])

    def select(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> LabelledPredictions:
        """The clips of some rows, by position or by mask."""
        places = np.arange(len(self))[rows]
        texts = {name: tuple(getattr(self, name)[place] for place in places) for name in _NAMES}
        return LabelledPredictions(
            labels=self.labels,
            durations_seconds=self.durations_seconds[places],
            true=self.true[places],
            probabilities=self.probabilities[places],
            perceived=None if self.perceived is None else self.perceived[places],
            **texts,
        )

    def restricted_to(self, emotions: Sequence[str]) -> LabelledPredictions:
        """The clips of these emotions, as if the model knew no other: its probabilities renormalised.

        Votes for other emotions are left out.

        Raises
        ------
        LabelError
            Fewer than two emotions, or one that the model does not know.
        """
        columns, labels = self.labels.indices(emotions), LabelSet(tuple(emotions))
        kept = self.select(np.isin(self.true, columns))
        places = np.full(len(self.labels), -1)
        places[columns] = np.arange(len(labels))
        votes = kept.perceived
        return replace(
            kept,
            labels=labels,
            true=places[kept.true],
            # A model that is sure of an emotion left out says nothing about the others.
            probabilities=_renormalised(kept.probabilities[:, columns], nothing=1 / len(labels)),
            perceived=None if votes is None else _renormalised(votes[:, columns], nothing=np.nan),
        )


def _renormalised(shares: npt.NDArray[np.float32], nothing: float) -> npt.NDArray[np.float32]:
    """Each row divided by its sum; full of `nothing` where it is zero."""
    totals = shares.sum(axis=1, keepdims=True)
    # A row of NaN, a clip without votes, stays one.
    parts: npt.NDArray[np.float32] = np.full_like(shares, nothing)
    np.divide(shares, totals, out=parts, where=totals > 0)
    return parts


def _require_shares(votes: npt.NDArray[np.float32], shape: tuple[int, ...]) -> None:
    if votes.shape != shape:
        raise EvaluationError(
            f"votes of shape {votes.shape} for {shape[0]} clips and {shape[1]} emotions: one row a "
            "clip, one column an emotion"
        )
    known = votes[~np.isnan(votes).all(axis=1)]
    if not ((known >= 0).all() and np.allclose(known.sum(axis=1), 1.0, atol=1e-3)):
        raise EvaluationError(
            "the votes of a clip must be shares that sum to one, or all be NaN where it has none"
        )


_NAMES = ("ids", "files", "corpora", "speakers", "sexes", "intensities")


def concatenate(parts: Sequence[LabelledPredictions]) -> LabelledPredictions:
    """All clips of several tables, for example of the folds of a cross-validation.

    Raises
    ------
    EvaluationError
        No table, tables with other emotions, or a clip in two of them.
    """
    if not parts:
        raise EvaluationError("no scored clips to put together: give at least one table")
    for part in parts:
        if part.labels != parts[0].labels:
            raise EvaluationError(
                f"the emotions differ: {', '.join(parts[0].labels)} and {', '.join(part.labels)}"
            )
    texts = {n: tuple(chain.from_iterable(getattr(part, n) for part in parts)) for n in _NAMES}
    return LabelledPredictions(
        labels=parts[0].labels,
        durations_seconds=np.concatenate([part.durations_seconds for part in parts]),
        true=np.concatenate([part.true for part in parts]),
        probabilities=np.concatenate([part.probabilities for part in parts]),
        perceived=_votes_together(parts),
        **texts,
    )


def _votes_together(parts: Sequence[LabelledPredictions]) -> npt.NDArray[np.float32] | None:
    if all(part.perceived is None for part in parts):
        return None
    return np.concatenate(
        [
            np.full_like(part.probabilities, np.nan) if part.perceived is None else part.perceived
            for part in parts
        ]
    )
