"""Assignment of whole groups to parts, stratified by sex and emotion."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from emotion_classifier.corpora.utterance import Utterance


def strata(utterances: Sequence[Utterance]) -> list[tuple[str, str]]:
    """Sex and emotion of each utterance: equal proportions are wanted in every part."""
    return [(u.sex or "", u.emotion) for u in utterances]


def assign_groups(
    groups: Sequence[str],
    strata: Sequence[Hashable],
    fractions: Sequence[float],
    generator: np.random.Generator,
) -> dict[str, int]:
    """Group → index of its part, at least one group in each part.

    Parameters
    ----------
    groups : (utterance,) group that must stay in one part, for example the speaker.
    strata : (utterance,) stratum whose proportions should be equal in all parts.
    fractions : (part,) share of the utterances that each part should get; they sum to one.
    generator : breaks ties between groups of the same size.
    """
    names, counts = _count(groups, strata)
    if len(names) < len(fractions):
        raise ValueError(f"{len(names)} groups cannot fill {len(fractions)} parts")
    parts = _assign(counts, np.asarray(fractions, dtype=np.float64), generator)
    return dict(zip(names, parts.tolist(), strict=True))


def _count(
    groups: Sequence[str], strata: Sequence[Hashable]
) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Names of the groups, sorted, and ``(group, stratum)`` their utterance counts."""
    names = sorted(set(groups))
    row = {name: i for i, name in enumerate(names)}
    column = {stratum: i for i, stratum in enumerate(sorted(set(strata), key=repr))}
    cells = np.fromiter(
        (row[g] * len(column) + column[s] for g, s in zip(groups, strata, strict=True)),
        dtype=np.int64,
        count=len(groups),
    )
    counts = np.bincount(cells, minlength=len(row) * len(column)).astype(np.float64)
    return names, counts.reshape(len(row), len(column))


def _assign(
    counts: npt.NDArray[np.float64],
    fractions: npt.NDArray[np.float64],
    generator: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Part ``(group,)`` of each group: the largest first, each where it helps most.

    Minimises chi squared, the sum over parts and strata of (actual - wanted)² / wanted. With groups
    of equal size that is Webster's method of apportionment.
    The size of a part is a further stratum with a small weight that only decides near ties: with
    full weight the strata would miss their proportions (RAVDESS: 3 men and 1 woman
    validate instead of 2 and 2).
    """
    counts = np.column_stack([counts, counts.sum(axis=1)])
    weights = 1.0 / np.outer(fractions, counts.sum(axis=0))
    weights[:, -1] *= 0.01
    shuffled = generator.permutation(len(counts))
    order = shuffled[np.argsort(-counts[shuffled, -1], kind="stable")]
    actual = np.zeros_like(weights)
    empty = np.ones(len(fractions), dtype=bool)
    parts = np.empty(len(counts), dtype=np.int64)
    for done, group in enumerate(order):
        # The growth of chi squared, less a term that is the same for every part.
        growth = ((2.0 * actual + counts[group]) * weights) @ counts[group]
        if len(order) - done == empty.sum():  # just enough groups left to fill the empty parts
            growth[~empty] = np.inf
        part = int(growth.argmin())
        parts[group] = part
        actual[part] += counts[group]
        empty[part] = False
    return parts
