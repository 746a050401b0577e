"""The scores of a test part in one value: written as ``report.json``, drawn by `page`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from pydantic import ConfigDict, TypeAdapter

from emotion_classifier.emotions import Target
from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.baselines import (
    DURATION_ONLY,
    MAJORITY,
    Baseline,
    TrivialBaseline,
    baselines,
)
from emotion_classifier.evaluation.calibration import Floats, Reliability, reliability
from emotion_classifier.evaluation.corpus_scores import CorpusScore, corpus_scores
from emotion_classifier.evaluation.fold_scores import FoldScores
from emotion_classifier.evaluation.groups import (
    GroupDifference,
    group_differences,
    group_keys,
)
from emotion_classifier.evaluation.human_comparison import HumanComparison, human_comparison
from emotion_classifier.evaluation.metrics import Counts, IntegerRows, Number, confusion
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.probability_scores import (
    CorpusTemperature,
    ProbabilityScores,
    TemperatureEffect,
    corpus_temperatures,
    probability_scores,
    temperature_effect,
)
from emotion_classifier.evaluation.rejection import (
    Rejection,
    RiskCurve,
    rejection,
    risk_coverage,
    risk_curve,
)
from emotion_classifier.evaluation.report.provenance import Provenance
from emotion_classifier.evaluation.report.robustness import Robustness
from emotion_classifier.evaluation.scores import (
    EmotionScore,
    Score,
    emotion_scores,
    group_scores,
    score,
    speaker_scores,
)


@dataclass(frozen=True)
class Confused:
    """Clips of one emotion that were predicted as another, and their share of that emotion."""

    true: str
    predicted: str
    clips: int
    share: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Report:
    """The scores of one test part; the fields are the keys of ``report.json``.

    Parameters
    ----------
    format : version of ``report.json``, raised when a key changes its meaning.
    warnings : reasons to doubt the numbers, for example a leak that was allowed.
    facts : name → value, as given: the model, its parameters, the seed, the settings.
    labels : the emotions, in the order of `confusion`.
    target : the labels that the model was trained on; None where unknown.
    confusion : (true emotion, predicted emotion) counts.
    confused : every pair that occurs, the largest share of a true emotion first.
    corpora : each corpus.
    perception : the model beside the listeners; None where no clip has votes.
    groups : ``corpus``, ``sex``, ``intensity``, ``age group`` and further attributes of the speakers →
        a score for each value. Of several corpora an intensity is named with its corpus, since each has
        its own scale.
    group_differences : the largest differences between groups of speakers, beside those of an
        unbiased model.
    calibration : clips by confidence.
    rejection : effect of the model's own threshold of confidence.
    risk_coverage : effect of other thresholds.
    probabilities : negative log-likelihood, Brier score and calibration errors; None, as is
        `risk_curve`, in reports of earlier versions.
    temperature : the same before and after the temperature of the model; None where it is not known.
    corpus_temperatures : the effect of a temperature of its own for each corpus that has one.
    risk_curve : risk against coverage.
    origin : name → value of what made the report: date, command, commit, versions, machine.
    provenance : data, files, procedure, size and speed.
    robustness : results of a stress test of the run; None where there are none.
    folds : of a cross-validation, each fold; None of a single run.
    kept_epoch : the number of the epoch whose weights the model has; None where unknown.
    history : one row for each epoch: ``epoch`` (otherwise counted from 1), ``train_<measure>``,
        ``validation_<measure>``; the page draws these, and JSON holds all columns.
    """

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)

    format: Literal[1] = 1
    title: str
    warnings: tuple[str, ...]
    facts: Mapping[str, object]
    origin: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, ...]
    target: Target | None
    overall: Score
    baselines: tuple[Baseline, ...]
    emotions: tuple[EmotionScore, ...]
    confusion: IntegerRows
    confused: tuple[Confused, ...]
    corpora: tuple[CorpusScore, ...]
    perception: HumanComparison | None
    groups: Mapping[str, tuple[Score, ...]]
    speakers: tuple[Score, ...]
    calibration: Reliability
    rejection: Rejection
    risk_coverage: tuple[Rejection, ...]
    probabilities: ProbabilityScores | None = None
    temperature: TemperatureEffect | None = None
    corpus_temperatures: tuple[CorpusTemperature, ...] = ()
    risk_curve: RiskCurve | None = None
    history: tuple[Mapping[str, int | Number | None], ...]
    kept_epoch: int | None = None
    group_differences: tuple[GroupDifference, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    robustness: Robustness | None = None
    folds: FoldScores | None = None


_ADAPTER = TypeAdapter(Report)


def make_report(
    test: LabelledPredictions,
    *,
    title: str,
    trivial: Sequence[TrivialBaseline] = (),
    target: Target | None = None,
    facts: Mapping[str, object] | None = None,
    warnings: Sequence[str] = (),
    origin: Mapping[str, str] | None = None,
    history: Sequence[Mapping[str, float | None]] | None = None,
    kept_epoch: int | None = None,
    uncertain_below: float | Floats = 0.0,
    temperature: float | Floats | None = None,
    corpus_temperature: Floats | None = None,
    provenance: Provenance | None = None,
    folds: FoldScores | None = None,
    seed: int = 0,
) -> Report:
    """All scores of the test part.

    Parameters
    ----------
    trivial : baselines of the same clips, fitted on the training part.
    target : the labels that the model was trained on.
    origin : date, command, commit and versions.
    kept_epoch : the number of the epoch whose weights the model has.
    uncertain_below : confidence below which a clip is uncertain; (clip,) where the clips were
        predicted by several models.
    temperature : of the model; (clip,) of several models, None where it is not known.
    corpus_temperature : (clip,) fitted on the corpus of the clip, NaN where there is none.
    provenance : data, files, procedure, size and speed.
    folds : the scores of each fold, where these are the test parts of a cross-validation.
    seed : of the bootstrap.

    Raises
    ------
    EvaluationError
        There is no clip to score.
    """
    if not len(test):
        raise EvaluationError(
            "the test part has no clip to score: check the split and the clips left out of it"
        )
    rng = np.random.default_rng(seed)
    counts = confusion(test.true, test.predicted, len(test.labels))
    overall = score("this model", test, rng)
    beside = baselines(test, rng, trivial)
    # Drawn apart, so that the intervals of the other scores do not depend on these.
    drawn = np.random.default_rng((seed, 1))
    return Report(
        title=title,
        warnings=(*warnings, *doubts(overall, beside)),
        facts=dict(facts or {}),
        origin=dict(origin or {}),
        labels=test.labels.names,
        target=target,
        overall=overall,
        baselines=beside,
        emotions=emotion_scores(test, rng),
        confusion=counts,
        confused=_confused(counts, test.labels.names),
        groups={name: group_scores(test, keys, rng) for name, keys in group_keys(test).items()},
        group_differences=group_differences(test, np.random.default_rng(seed)),
        speakers=speaker_scores(test),
        corpora=corpus_scores(test, trivial, rng),
        perception=human_comparison(test, rng),
        calibration=reliability(test.confidence, test.correct, test.speakers, rng),
        rejection=rejection(test.confidence, test.correct, uncertain_below),
        risk_coverage=risk_coverage(test.confidence, test.correct).at(),
        probabilities=probability_scores(test, drawn),
        temperature=None if temperature is None else temperature_effect(test, temperature, drawn),
        corpus_temperatures=()
        if temperature is None or corpus_temperature is None
        else corpus_temperatures(test, temperature, corpus_temperature, drawn),
        risk_curve=risk_curve(test.confidence, test.correct, test.speakers, drawn),
        history=tuple(history or ()),
        kept_epoch=kept_epoch,
        provenance=provenance or Provenance(),
        folds=folds,
    )


_NOT_BETTER, _ALIKE = "The model is not better than", "The model cannot be told apart from"


def doubts(overall: Score, beside: Sequence[Baseline]) -> Iterator[str]:
    """A warning for each rule without audio that is as good as the model."""
    own = overall["uar"]
    for baseline in beside:
        other = baseline.score["uar"].value
        if baseline.score.name not in (MAJORITY, DURATION_ONLY):
            continue
        if own.value <= other:
            relation = _NOT_BETTER
        elif own.interval is not None and own.interval.low <= other:
            relation = _ALIKE
        else:
            continue
        yield (
            f"{relation} the baseline {baseline.score.name!r}, which ignores the voice: UAR "
            f"{own.value:.1%} against {other:.1%}."
        )


def is_doubt(warning: str) -> bool:
    """Whether a warning is one of `doubts`."""
    return warning.startswith((_NOT_BETTER, _ALIKE))


def to_json(report: Report) -> str:
    """The report as JSON: unrounded numbers, null where a number is not defined."""
    content = _ADAPTER.dump_python(report, mode="json", fallback=_fact)
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def json_schema() -> dict[str, object]:
    """The JSON Schema of ``report.json``."""
    return _ADAPTER.json_schema(mode="serialization")


def _fact(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else str(value)


def _confused(counts: Counts, names: Sequence[str]) -> tuple[Confused, ...]:
    pairs = (
        Confused(names[true], names[other], int(clips), float(clips / counts[true].sum()))
        for (true, other), clips in np.ndenumerate(counts)
        if true != other and clips
    )
    return tuple(sorted(pairs, key=lambda pair: (-pair.share, -pair.clips)))
