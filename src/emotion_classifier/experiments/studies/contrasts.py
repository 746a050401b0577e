"""Contrasts between the cells of a study: differences and interactions, tested by speaker.

A contrast is a mean over pairs of cells of the difference between the first and the second. It is
tested by the permutation test of `evaluation.paired_tests`: for randomly chosen speakers the two cells
of every pair are exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import ConfigError
from emotion_classifier.evaluation import metrics
from emotion_classifier.evaluation.metrics import METRICS, Counts, Scores
from emotion_classifier.evaluation.paired_tests import SIGNIFICANCE, holm, permutation_test
from emotion_classifier.evaluation.uncertainty import Estimate, difference
from emotion_classifier.experiments.studies.config import (
    PER_EMOTION,
    ComparisonConfig,
    Levels,
    Measure,
    StudyConfig,
)

_OF_EMOTION = {"recall": metrics.recall, "precision": metrics.precision, "f1": metrics.f1}


@dataclass(frozen=True)
class Contrast:
    """A difference to test.

    Parameters
    ----------
    comparison : position of the comparison in the study.
    first, second : levels, or groups of levels, that are compared; `first` is the reference.
    pairs : cells of both, by name: (of the second, of the first).
    context : other factors' levels, in words; empty where it is a mean over them.
    measure, emotion : score that is compared, of an emotion or of all.
    between : the two levels of another factor, where the contrast is an interaction: how much larger
        the difference is at the second of them.
    """

    comparison: int
    first: str
    second: str
    pairs: tuple[tuple[str, str], ...]
    context: str = ""
    measure: Measure = "uar"
    emotion: str | None = None
    between: tuple[str, str] | None = None


@dataclass(frozen=True)
class EvaluatedContrast:
    """A contrast with its result.

    Parameters
    ----------
    estimate : `second` minus `first`, with the bootstrap interval by speaker; None where a cell is
        missing.
    p, corrected_p : of the permutation test by speaker, before and after Holm's correction; NaN where
        there is no test.
    missing : names of cells without predictions.
    """

    contrast: Contrast
    estimate: Estimate | None
    p: float = np.nan
    corrected_p: float = np.nan
    missing: tuple[str, ...] = ()

    @property
    def is_significant(self) -> bool:
        """Whether the corrected p value is below the level; false where there is no test."""
        return bool(self.corrected_p < SIGNIFICANCE)


def contrasts(study: StudyConfig, emotions: Sequence[str]) -> tuple[Contrast, ...]:
    """All contrasts of a study, whose models have these emotions.

    Raises
    ------
    ConfigError
        A comparison names another emotion.
    """
    for position, comparison in enumerate(study.comparisons):
        if unknown := [name for name in comparison.emotions or () if name not in emotions]:
            raise ConfigError(
                f"{study.name}: comparisons.{position}.emotions names {', '.join(unknown)}, but the "
                f"emotions of the models are {', '.join(emotions)}"
            )
    return tuple(
        contrast
        for position, comparison in enumerate(study.comparisons)
        for contrast in _of_comparison(study, position, comparison, emotions)
    )


def evaluate_contrasts(
    planned: Sequence[Contrast],
    counts: Mapping[str, Counts],
    emotions: Sequence[str],
    *,
    correct_within_comparison: bool,
    seed: int,
) -> tuple[EvaluatedContrast, ...]:
    """Each contrast with its estimate and p values.

    Parameters
    ----------
    counts : cell → counts ``(speaker, true emotion, predicted emotion)``, speakers in the same order.
    correct_within_comparison : whether each comparison is a family of the correction, instead of all.
    """
    tested = [_test(contrast, counts, emotions, seed) for contrast in planned]
    for members in families(planned, within_comparison=correct_within_comparison):
        corrected = holm([tested[index].p for index in members])
        for index, value in zip(members, corrected.tolist(), strict=True):
            tested[index] = replace(tested[index], corrected_p=value)
    return tuple(tested)


def families(planned: Sequence[Contrast], *, within_comparison: bool) -> list[list[int]]:
    """Positions of the contrasts of each family of Holm's correction: a comparison, or the study."""
    found: dict[int, list[int]] = {}
    for index, contrast in enumerate(planned):
        found.setdefault(contrast.comparison if within_comparison else 0, []).append(index)
    return list(found.values())


def _test(
    contrast: Contrast, counts: Mapping[str, Counts], emotions: Sequence[str], seed: int
) -> EvaluatedContrast:
    names = dict.fromkeys(name for pair in contrast.pairs for name in pair)
    if missing := tuple(name for name in names if name not in counts):
        return EvaluatedContrast(contrast, None, missing=missing)
    # (speaker, pair, true emotion, predicted emotion)
    second, first = (_stacked([counts[pair[side]] for pair in contrast.pairs]) for side in (0, 1))
    metric = _mean_over_pairs(contrast, emotions)
    estimate = difference(first, second, metric, np.random.default_rng(seed))
    p = permutation_test(first, second, metric, np.random.default_rng(seed))
    return EvaluatedContrast(contrast, estimate, float(p))


def _stacked(cells: Sequence[Counts]) -> npt.NDArray[np.int64]:
    """Counts ``(speaker, cell, true emotion, predicted emotion)``."""
    return np.stack(cells, axis=1).astype(np.int64)


def _mean_over_pairs(contrast: Contrast, emotions: Sequence[str]) -> Callable[[Counts], Scores]:
    """The measure of counts ``(…, pair, true emotion, predicted emotion)``, its mean over the pairs.

    An interaction is the sum over its two differences, hence twice the mean.
    """
    factor = 2.0 if contrast.between is not None else 1.0
    if contrast.emotion is None:
        whole = METRICS[contrast.measure]
        return lambda counts: factor * whole(counts).mean(axis=-1)
    each, emotion = _OF_EMOTION[contrast.measure], emotions.index(contrast.emotion)
    return lambda counts: factor * each(counts)[..., emotion].mean(axis=-1)


def _of_comparison(
    study: StudyConfig, position: int, comparison: ComparisonConfig, emotions: Sequence[str]
) -> Iterator[Contrast]:
    separate = [[(name, level) for level in study.factors[name]] for name in comparison.within]
    measured: Sequence[str | None] = [None]
    if comparison.measure in PER_EMOTION:
        measured = list(comparison.emotions or emotions)
    for fixed, (first, second), emotion in product(
        product(*separate), _compared(study, comparison), measured
    ):
        given = Contrast(position, first, second, (), _context(fixed), comparison.measure, emotion)
        if comparison.interaction is None:
            yield replace(given, pairs=_pairs(study, comparison, dict(fixed), first, second))
            continue
        for low, high in combinations(study.factors[comparison.interaction], 2):
            at = [{**dict(fixed), comparison.interaction: level} for level in (low, high)]
            small, large = (_pairs(study, comparison, levels, first, second) for levels in at)
            exchanged = tuple((first_cell, second_cell) for second_cell, first_cell in small)
            yield replace(given, pairs=(*large, *exchanged), between=(low, high))


def _compared(study: StudyConfig, comparison: ComparisonConfig) -> list[tuple[str, str]]:
    """Names of the levels or groups that are compared: (reference, other)."""
    names = list(comparison.groups or study.factors[comparison.factor])
    if comparison.reference is None:
        return list(combinations(names, 2))
    return [(comparison.reference, name) for name in names if name != comparison.reference]


def _pairs(
    study: StudyConfig, comparison: ComparisonConfig, fixed: Levels, first: str, second: str
) -> tuple[tuple[str, str], ...]:
    """Cells (of the second, of the first) that agree in all other factors."""

    def levels_of(name: str) -> tuple[str, ...]:
        return comparison.groups.get(name, (name,))

    others = {
        name: [fixed[name]] if name in fixed else list(levels)
        for name, levels in study.factors.items()
        if name != comparison.factor
    }
    pairs = []
    for rest in product(*others.values()):
        chosen = dict(zip(others, rest, strict=True))
        for b, a in product(levels_of(second), levels_of(first)):
            pairs.append((_name(study, chosen, comparison, b), _name(study, chosen, comparison, a)))
    return tuple(pairs)


def _name(study: StudyConfig, others: Levels, comparison: ComparisonConfig, level: str) -> str:
    levels = {**others, comparison.factor: level}
    return "-".join(levels[factor] for factor in study.factors)


def _context(fixed: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{factor} {level}" for factor, level in fixed)
