"""Everything that a test part says about a model: numbers here, drawn by `report_page`."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.baselines import Baseline, baselines
from emotion_classifier.evaluation.calibration import Reliability, reliability
from emotion_classifier.evaluation.categorical import confusion
from emotion_classifier.evaluation.groups import (
    EmotionScore,
    emotion_scores,
    group_scores,
    speaker_scores,
)
from emotion_classifier.evaluation.score import Score, score
from emotion_classifier.evaluation.scored import ScoredClips

FORMAT = 1
"""Of report.json; raised when a key changes its meaning."""


@dataclass(frozen=True)
class Confused:
    """Clips of one emotion that were taken for another, and their share of that emotion."""

    true: str
    predicted: str
    clips: int
    share: float


@dataclass(frozen=True, eq=False)
class Report:
    """The scores of one test part.

    Parameters
    ----------
    title : of the report.
    warnings : what makes the numbers doubtful, for example a leak that was allowed.
    facts : name → value, as given: the model, its parameters, the seed, the settings.
    labels : the emotions, in the order of `confusion`.
    overall : of all clips.
    baselines : what to compare it with.
    emotions : each emotion.
    confusion : (true emotion, predicted emotion) counts.
    confused : every pair that occurs, the largest share of a true emotion first.
    groups : ``corpus``, ``sex``, ``intensity`` → a score for each value.
    speakers : each speaker.
    calibration : clips by confidence.
    history : one row for each epoch: ``epoch`` (else counted from 1), ``train_<measure>``,
        ``validation_<measure>``; the page draws these, and JSON holds all columns.
    """

    title: str
    warnings: tuple[str, ...]
    facts: Mapping[str, object]
    labels: tuple[str, ...]
    overall: Score
    baselines: tuple[Baseline, ...]
    emotions: tuple[EmotionScore, ...]
    confusion: npt.NDArray[np.int64]
    confused: tuple[Confused, ...]
    groups: Mapping[str, tuple[Score, ...]]
    speakers: tuple[Score, ...]
    calibration: Reliability
    history: tuple[Mapping[str, float | None], ...]


def make_report(
    test: ScoredClips,
    *,
    title: str,
    train_emotions: Sequence[str] | None = None,
    train_durations: npt.NDArray[np.float64] | None = None,
    facts: Mapping[str, object] | None = None,
    warnings: Sequence[str] = (),
    history: Sequence[Mapping[str, float | None]] | None = None,
    seed: int = 0,
) -> Report:
    """All scores of the test part.

    Parameters
    ----------
    train_emotions, train_durations : of the training clips, for the baselines that need them.
    seed : of the bootstrap.

    Raises
    ------
    EvaluationError
        There is no clip to score.
    LabelError
        A training emotion that the model does not know.
    """
    if not len(test):
        raise EvaluationError(
            "the test part has no clip to score: check the split and what was left out of it"
        )
    rng = np.random.default_rng(seed)
    counts = confusion(test.true, test.predicted, len(test.labels))
    keys = {"corpus": test.corpora, "sex": test.sexes, "intensity": test.intensities}
    return Report(
        title=title,
        warnings=tuple(warnings),
        facts=dict(facts or {}),
        labels=test.labels.names,
        overall=score("this model", test, rng),
        baselines=baselines(
            test, rng, train_emotions=train_emotions, train_durations=train_durations
        ),
        emotions=emotion_scores(test, rng),
        confusion=counts,
        confused=_confused(counts, test.labels.names),
        groups={name: group_scores(test, values, rng) for name, values in keys.items()},
        speakers=speaker_scores(test),
        calibration=reliability(test.confidence, test.correct),
        history=tuple(history or ()),
    )


def _confused(counts: npt.NDArray[np.int64], names: Sequence[str]) -> tuple[Confused, ...]:
    totals = counts.sum(axis=1)
    pairs = [
        Confused(names[true], names[other], int(clips), float(clips / totals[true]))
        for (true, other), clips in np.ndenumerate(counts)
        if true != other and clips
    ]
    return tuple(sorted(pairs, key=lambda pair: (-pair.share, -pair.clips)))


def to_json(report: Report) -> str:
    """The report as JSON: unrounded numbers, null where a number is not defined."""
    content = {"format": FORMAT, **dataclasses.asdict(report)}
    content["calibration"]["error"] = report.calibration.error
    return json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
