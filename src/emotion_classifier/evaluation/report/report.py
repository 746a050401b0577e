"""Everything that a test part says about a model: numbers here, drawn by `report_page`."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.emotions import Target
from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.baselines import Baseline, TrivialBaseline, baselines
from emotion_classifier.evaluation.calibration import Floats, Reliability, reliability
from emotion_classifier.evaluation.corpus_scores import CorpusScore, corpus_scores
from emotion_classifier.evaluation.human_comparison import HumanComparison, human_comparison
from emotion_classifier.evaluation.metrics import confusion
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.rejection import Rejection, rejection, risk_coverage
from emotion_classifier.evaluation.scores import (
    EmotionScore,
    Score,
    emotion_scores,
    group_scores,
    score,
    speaker_scores,
)

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
    target : what the model learned; None where unknown.
    overall : of all clips.
    baselines : what to compare it with.
    emotions : each emotion.
    confusion : (true emotion, predicted emotion) counts.
    confused : every pair that occurs, the largest share of a true emotion first.
    corpora : each corpus by itself, where there are several or one lacks emotions of the model.
    perception : the model beside the listeners; None where no clip has votes.
    groups : ``corpus``, ``sex``, ``intensity`` → a score for each value. Of several corpora an
        intensity is named with its corpus, since each grades in its own way.
    speakers : each speaker.
    calibration : clips by confidence.
    rejection : what the model's own threshold of confidence does.
    risk_coverage : what other thresholds would do.
    history : one row for each epoch: ``epoch`` (else counted from 1), ``train_<measure>``,
        ``validation_<measure>``; the page draws these, and JSON holds all columns.
    """

    title: str
    warnings: tuple[str, ...]
    facts: Mapping[str, object]
    labels: tuple[str, ...]
    target: Target | None
    overall: Score
    baselines: tuple[Baseline, ...]
    emotions: tuple[EmotionScore, ...]
    confusion: npt.NDArray[np.int64]
    confused: tuple[Confused, ...]
    corpora: tuple[CorpusScore, ...]
    perception: HumanComparison | None
    groups: Mapping[str, tuple[Score, ...]]
    speakers: tuple[Score, ...]
    calibration: Reliability
    rejection: Rejection
    risk_coverage: tuple[Rejection, ...]
    history: tuple[Mapping[str, float | None], ...]


def make_report(
    test: LabelledPredictions,
    *,
    title: str,
    trivial_baselines: Sequence[TrivialBaseline] = (),
    target: Target | None = None,
    facts: Mapping[str, object] | None = None,
    warnings: Sequence[str] = (),
    history: Sequence[Mapping[str, float | None]] | None = None,
    uncertain_below: float | Floats = 0.0,
    seed: int = 0,
) -> Report:
    """All scores of the test part.

    Parameters
    ----------
    trivial_baselines : for the same clips, of the baselines that know the training part.
    target : what the model learned.
    uncertain_below : confidence below which the answer is "uncertain"; (clip,) where the clips were
        answered by several models.
    seed : of the bootstrap.

    Raises
    ------
    EvaluationError
        There is no clip to score.
    """
    if not len(test):
        raise EvaluationError(
            "the test part has no clip to score: check the split and what was left out of it"
        )
    rng = np.random.default_rng(seed)
    counts = confusion(test.true, test.predicted, len(test.labels))
    keys = {"corpus": test.corpora, "sex": test.sexes, "intensity": _intensities(test)}
    return Report(
        title=title,
        warnings=tuple(warnings),
        facts=dict(facts or {}),
        labels=test.labels.names,
        target=target,
        overall=score("this model", test, rng),
        baselines=baselines(test, rng, trivial_baselines),
        emotions=emotion_scores(test, rng),
        confusion=counts,
        confused=_confused(counts, test.labels.names),
        groups={name: group_scores(test, values, rng) for name, values in keys.items()},
        speakers=speaker_scores(test),
        corpora=corpus_scores(test, trivial_baselines, rng),
        perception=human_comparison(test, rng),
        calibration=reliability(test.confidence, test.correct),
        rejection=rejection(test.confidence, test.correct, uncertain_below),
        risk_coverage=risk_coverage(test.confidence, test.correct).at(),
        history=tuple(history or ()),
    )


def _intensities(test: LabelledPredictions) -> tuple[str | None, ...]:
    if len(set(test.corpora)) == 1:
        return test.intensities
    pairs = zip(test.corpora, test.intensities, strict=True)
    return tuple(level and f"{corpus}: {level}" for corpus, level in pairs)


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
