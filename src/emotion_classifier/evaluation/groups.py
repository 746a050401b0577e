"""Groups of speakers, and how much a model's scores differ between them.

Groups differ by chance too, the more so the fewer speakers they have. The observed difference is
therefore compared with an unbiased model at the same group sizes: the speakers are assigned to the groups
at random, within their corpus, so that every group keeps its number of speakers and every speaker keeps
the clips and the ability. A fixed threshold, such as a UAR difference of 0.075, holds for one group size
only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation import metrics
from emotion_classifier.evaluation.metrics import Counts, Number, Scores
from emotion_classifier.evaluation.paired_tests import holm
from emotion_classifier.evaluation.predictions import LabelledPredictions, OptionalNames
from emotion_classifier.evaluation.uncertainty import confusions_by_speaker

ASSIGNMENTS = 2000
LEAST_SPEAKERS = 2
"""A group of fewer is not compared."""
_OLDEST_DECADE = 60
_Indices = npt.NDArray[np.int64]

MEASURES: Mapping[str, Callable[[Counts], Scores]] = {
    "uar": lambda counts: metrics.uar(counts)[..., np.newaxis],
    "recall": metrics.recall,
    "precision": metrics.precision,
}
"""Measure → function from counts ``(…, true emotion, predicted emotion)`` to values ``(…, 1 or emotion)``."""


@dataclass(frozen=True)
class GroupDifference:
    """The largest difference between the groups of an attribute of the speakers.

    Parameters
    ----------
    by : the attribute.
    measure : key of `MEASURES`.
    emotion : the one with the largest difference; None for a measure of all emotions.
    lowest, highest : the groups that differ most.
    value : their difference.
    limit_95, limit_99 : percentiles of the largest difference of an unbiased model at these group sizes.
    p_value : share of random assignments with a difference at least as large.
    corrected_p_value : by Holm's method over all attributes and measures.
    """

    by: str
    measure: str
    emotion: str | None
    lowest: str
    highest: str
    value: Number
    limit_95: Number
    limit_99: Number
    p_value: Number
    corrected_p_value: Number


def group_keys(clips: LabelledPredictions) -> dict[str, OptionalNames]:
    """Name of a grouping → the group of each clip ``(clip,)``, None where unknown."""
    return {
        "corpus": clips.corpora,
        "sex": clips.sexes,
        "intensity": _intensities(clips),
        **_attribute_keys(clips),
    }


def _attribute_keys(clips: LabelledPredictions) -> dict[str, OptionalNames]:
    attributes = dict(clips.speaker_attributes)
    ages = attributes.pop("age", None)
    grouped = {} if ages is None else {"age group": tuple(map(age_group, ages))}
    return grouped | attributes


def age_group(age: str | None) -> str | None:
    """The decade of an age in years; None where it is not a number.

    >>> age_group("34"), age_group("74")
    ('30 to 39', '60 and over')
    """
    try:
        decade = int(float(age or "")) // 10 * 10
    except (ValueError, OverflowError):
        return None
    return f"{_OLDEST_DECADE} and over" if decade >= _OLDEST_DECADE else f"{decade} to {decade + 9}"


def _intensities(clips: LabelledPredictions) -> OptionalNames:
    if len(set(clips.corpora)) == 1:
        return clips.intensities
    pairs = zip(clips.corpora, clips.intensities, strict=True)
    return tuple(level and f"{corpus}: {level}" for corpus, level in pairs)


def group_differences(
    clips: LabelledPredictions, rng: np.random.Generator
) -> tuple[GroupDifference, ...]:
    """The largest difference by sex and each attribute of the speakers, in each measure.

    An attribute of which fewer than two groups have `LEAST_SPEAKERS` speakers is left out.
    """
    counts = confusions_by_speaker(clips.true, clips.predicted, clips.speakers, len(clips.labels))
    corpora = np.array(_of_speakers(clips, clips.corpora), dtype=object)
    found = []
    for by, keys in {"sex": clips.sexes, **_attribute_keys(clips)}.items():
        groups = _large_groups(_of_speakers(clips, keys))
        names = sorted({group for group in groups if group is not None})
        if len(names) > 1:
            known = np.array([group is not None for group in groups])
            indices = np.array([names.index(group) for group in groups if group is not None])
            drawn = _assignments(indices, corpora[known], rng)
            rows = _differences(counts[known], indices, drawn, names, clips.labels.names)
            found += [replace(one, by=by) for one in rows]
    corrected = holm([one.p_value for one in found]).tolist()
    return tuple(
        replace(one, corrected_p_value=value) for one, value in zip(found, corrected, strict=True)
    )


def _of_speakers(clips: LabelledPredictions, keys: Sequence[str | None]) -> list[str | None]:
    """The key of the last clip of each speaker, speakers by name."""
    by_speaker = dict(zip(clips.speakers, keys, strict=True))
    return [by_speaker[name] for name in sorted(by_speaker)]


def _large_groups(groups: Sequence[str | None]) -> list[str | None]:
    """The group of each speaker, None where it has too few."""
    speakers = Counter(groups)
    return [group if speakers[group] >= LEAST_SPEAKERS else None for group in groups]


def _assignments(
    groups: _Indices, corpora: npt.NDArray[np.object_], rng: np.random.Generator
) -> _Indices:
    """Groups ``(assignment, speaker)``, exchanged at random between the speakers of each corpus."""
    drawn = np.tile(groups, (ASSIGNMENTS, 1))
    for corpus in sorted(set(corpora)):
        rows = corpora == corpus
        drawn[:, rows] = rng.permuted(drawn[:, rows], axis=1)
    return drawn


def _differences(
    counts: Counts, groups: _Indices, drawn: _Indices, names: Sequence[str], emotions: Sequence[str]
) -> list[GroupDifference]:
    observed = _sums(counts, groups[np.newaxis], len(names))
    unbiased = _sums(counts, drawn, len(names))
    found = []
    for measure, function in MEASURES.items():
        values = function(observed)[0]  # (group, emotion)
        spread = _spread(function(observed))[0]
        if np.isnan(spread).all():
            continue
        emotion = int(np.nanargmax(spread))
        by_chance = np.fmax.reduce(_spread(function(unbiased)), axis=-1)
        by_chance = by_chance[~np.isnan(by_chance)]
        limits = np.quantile(by_chance, [0.95, 0.99])
        as_large = int((by_chance >= spread[emotion] - 1e-12).sum())
        found.append(
            GroupDifference(
                by="",
                measure=measure,
                emotion=None if measure == "uar" else emotions[emotion],
                lowest=names[int(np.nanargmin(values[:, emotion]))],
                highest=names[int(np.nanargmax(values[:, emotion]))],
                value=float(spread[emotion]),
                limit_95=float(limits[0]),
                limit_99=float(limits[1]),
                p_value=(as_large + 1) / (len(by_chance) + 1),
                corrected_p_value=np.nan,
            )
        )
    return found


def _sums(counts: Counts, groups: _Indices, number: int) -> Counts:
    """Counts ``(assignment, group, true emotion, predicted emotion)`` of `groups` ``(assignment, speaker)``."""
    members = ((groups == group).astype(np.float64) for group in range(number))
    return np.stack([np.tensordot(one, counts, axes=1) for one in members], axis=1)


def _spread(values: Scores) -> Scores:
    """Largest minus smallest value ``(assignment, emotion)`` of ``(assignment, group, emotion)``."""
    return np.asarray(np.fmax.reduce(values, axis=1) - np.fmin.reduce(values, axis=1))
