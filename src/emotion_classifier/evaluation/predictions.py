"""Predictions of a model with the true emotions and the facts of each clip: input of every score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import EvaluationError

Names: TypeAlias = tuple[str, ...]
OptionalNames: TypeAlias = tuple[str | None, ...]

_NAMES = ("ids", "files", "corpora", "speakers", "sexes", "intensities")
_NUMBERS = ("durations_seconds", "true", "probabilities")


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
    probabilities : (clip, emotion) predicted by the model.
    perceived : (clip, emotion) share of the listeners' votes for each emotion, NaN for a clip without
        votes; None where no clip has any.
    speaker_attributes : attribute (``age``, ``race``, …) → of the speaker of each clip, None where
        unknown.

    Raises
    ------
    EvaluationError
        Columns of different lengths, a duplicate clip, an emotion out of range, a probability that is
        not a number, or votes that are not shares.
    """

    labels: LabelSet
    ids: Names
    files: Names
    corpora: Names
    speakers: Names
    sexes: OptionalNames
    intensities: OptionalNames
    durations_seconds: npt.NDArray[np.float64]
    true: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32]
    perceived: npt.NDArray[np.float32] | None = None
    speaker_attributes: Mapping[str, OptionalNames] = field(default_factory=dict)

    def __post_init__(self) -> None:
        clips = len(self.ids)
        for name in (*_NAMES, *_NUMBERS):
            if len(getattr(self, name)) != clips:
                raise EvaluationError(f"{len(getattr(self, name))} {name} for {clips} clips")
        for name, values in self.speaker_attributes.items():
            if len(values) != clips:
                raise EvaluationError(f"{len(values)} values of {name} for {clips} clips")
        _require_shape("probabilities", self.probabilities, clips, len(self.labels))
        bad = np.flatnonzero(~np.isfinite(self.probabilities).all(axis=1))
        if len(bad):
            raise EvaluationError(
                f"{len(bad)} of {clips} clips have a probability that is not a number, first "
                f"{self.ids[bad[0]]}: the model has diverged or its weights are damaged"
            )
        if clips and not (self.true.min() >= 0 and self.true.max() < len(self.labels)):
            raise EvaluationError(f"a true emotion is outside 0 to {len(self.labels) - 1}")
        if self.perceived is not None:
            _require_shape("votes", self.perceived, clips, len(self.labels))
            known = self.perceived[~np.isnan(self.perceived).all(axis=1)]
            if not ((known >= 0).all() and np.allclose(known.sum(axis=1), 1.0, atol=1e-3)):
                raise EvaluationError(
                    "the votes of a clip must be shares that sum to one, or all be NaN where it has "
                    "none"
                )
        duplicates = [clip for clip, times in Counter(self.ids).items() if times > 1]
        if duplicates:
            raise EvaluationError(
                f"{len(duplicates)} clips are scored more than once, first {duplicates[0]}: each clip "
                "is scored once, and the test parts of folds share none"
            )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def predicted(self) -> npt.NDArray[np.int64]:
        """Index ``(clip,)`` of the most probable emotion; of equal ones the first."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def correct(self) -> npt.NDArray[np.bool_]:
        """Whether the predicted emotion ``(clip,)`` is the true one."""
        return np.equal(self.predicted, self.true)

    @property
    def confidence(self) -> npt.NDArray[np.float32]:
        """Probability ``(clip,)`` of the predicted emotion."""
        return np.asarray(self.probabilities.max(axis=1))

    @property
    def has_votes(self) -> npt.NDArray[np.bool_]:
        """Whether each clip ``(clip,)`` has votes of listeners."""
        if self.perceived is None:
            return np.zeros(len(self), dtype=np.bool_)
        return ~np.isnan(self.perceived[:, 0])

    def select(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> LabelledPredictions:
        """The clips of some rows, by index or by mask."""
        indices = np.arange(len(self))[rows]
        columns: dict[str, Any] = {
            **{name: tuple(getattr(self, name)[index] for index in indices) for name in _NAMES},
            **{name: getattr(self, name)[indices] for name in _NUMBERS},
        }
        columns["speaker_attributes"] = {
            name: tuple(values[index] for index in indices)
            for name, values in self.speaker_attributes.items()
        }
        votes = None if self.perceived is None else self.perceived[indices]
        return replace(self, **columns, perceived=votes)

    def restricted_to(self, emotions: Sequence[str]) -> LabelledPredictions:
        """The clips of these emotions, as if the model had no others: its probabilities renormalised.

        Votes for other emotions are dropped.

        Raises
        ------
        LabelError
            Fewer than two emotions, or one that the model does not have.
        """
        columns, labels = self.labels.indices(emotions), LabelSet(tuple(emotions))
        kept = self.select(np.isin(self.true, columns))
        new_index = np.full(len(self.labels), -1)
        new_index[columns] = np.arange(len(labels))
        votes = kept.perceived
        return replace(
            kept,
            labels=labels,
            true=new_index[kept.true],
            # Where all probability is on other emotions, these are equally likely.
            probabilities=_renormalised(kept.probabilities[:, columns], empty=1 / len(labels)),
            perceived=None if votes is None else _renormalised(votes[:, columns], empty=np.nan),
        )

    def with_temperature(
        self, before: float | npt.NDArray[Any], after: float | npt.NDArray[Any]
    ) -> LabelledPredictions:
        """The same predictions as if their logits had been divided by another temperature, or (clip,) several.

        Exact where a clip has a single crop, whose probabilities are a softmax; ranks do not change.
        """
        exponents = np.broadcast_to(np.asarray(before / after, np.float64), (len(self),))
        # The most probable emotion has the power 1, so that no row underflows.
        ratios = self.probabilities / self.probabilities.max(axis=1, keepdims=True)
        powers = ratios.astype(np.float64) ** exponents[:, np.newaxis]
        shares = powers / powers.sum(axis=1, keepdims=True)
        return replace(self, probabilities=shares.astype(np.float32))


def concatenate(parts: Sequence[LabelledPredictions]) -> LabelledPredictions:
    """All clips of several tables, for example of the folds of a cross-validation.

    Raises
    ------
    EvaluationError
        No table, tables with different emotions, or a clip in two of them.
    """
    if not parts:
        raise EvaluationError("no predictions to concatenate: give at least one table")
    for part in parts:
        if part.labels != parts[0].labels:
            raise EvaluationError(
                f"the emotions differ: {', '.join(parts[0].labels)} and {', '.join(part.labels)}"
            )
    columns: dict[str, Any] = {
        **{name: tuple(chain.from_iterable(getattr(p, name) for p in parts)) for name in _NAMES},
        **{name: np.concatenate([getattr(p, name) for p in parts]) for name in _NUMBERS},
    }
    columns["speaker_attributes"] = _joined_attributes(parts)
    votes = [
        np.full_like(part.probabilities, np.nan) if part.perceived is None else part.perceived
        for part in parts
    ]
    without = all(part.perceived is None for part in parts)
    return replace(parts[0], **columns, perceived=None if without else np.concatenate(votes))


def _joined_attributes(parts: Sequence[LabelledPredictions]) -> dict[str, OptionalNames]:
    """The attributes of all parts; None for the clips of a part that lacks one."""
    names = dict.fromkeys(chain.from_iterable(part.speaker_attributes for part in parts))
    return {
        name: tuple(
            chain.from_iterable(
                part.speaker_attributes.get(name, (None,) * len(part)) for part in parts
            )
        )
        for name in names
    }


def _renormalised(shares: npt.NDArray[np.float32], empty: float) -> npt.NDArray[np.float32]:
    """Each row divided by its sum; full of `empty` where the sum is zero. Rows of NaN stay NaN."""
    totals = shares.sum(axis=1, keepdims=True)
    parts: npt.NDArray[np.float32] = np.full_like(shares, empty)
    np.divide(shares, totals, out=parts, where=totals > 0)
    return parts


def _require_shape(name: str, table: npt.NDArray[np.float32], clips: int, emotions: int) -> None:
    if table.shape != (clips, emotions):
        raise EvaluationError(
            f"{name} of shape {table.shape} for {clips} clips and {emotions} emotions: "
            "one row a clip, one column an emotion"
        )
