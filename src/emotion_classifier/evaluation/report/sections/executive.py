"""The first section: the result, its reference values and its weakest parts in one table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.report import tables
from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.evaluation.scores import UNKNOWN, EmotionScore, Score
from emotion_classifier.rendering.page import Section
from emotion_classifier.rendering.tables import Table

_Row = tuple[str, str, str]
_SEEN = ("Leak:", "The model was trained on", "These clips are the ")


def summary_section(report: Report) -> Section:
    """What was tested, the scores, their reference values, the weakest parts, size and speed."""
    return Section("Summary", "", [summary_table(report)])


def summary_table(report: Report) -> Table:
    """One row for each result, with its interval or an explanation."""
    rows = [
        _tested(report),
        *_scores(report),
        *_references(report),
        _calibration(report),
        *_weakest(report),
        _warnings(report),
        *_efficiency(report),
    ]
    return Table("Results", ("", "value", "detail"), rows, frozenset({1}), left=frozenset({0, 2}))


def _tested(report: Report) -> _Row:
    overall = report.overall
    seen = any(warning.startswith(_SEEN) for warning in report.warnings)
    unseen = "not all of them unseen: see the warnings" if seen else "none in the training part"
    corpora = ", ".join(corpus.name for corpus in report.corpora)
    detail = f"{overall.clips:,} clips of {corpora}; {unseen}"
    return ("test speakers", f"{overall.speakers:,}", detail)


def _scores(report: Report) -> Iterator[_Row]:
    for metric in METRICS.values():
        estimate = report.overall[metric.name]
        bounds = tables.interval_text(estimate, metric.unit)
        detail = "no interval" if bounds == tables.DASH else f"95% interval {bounds}, by speaker"
        yield (metric.label, tables.value_text(estimate.value, metric.unit), detail)


def _references(report: Report) -> Iterator[_Row]:
    """UAR of each baseline; of listeners with a published accuracy alone, that."""
    for baseline in report.baselines:
        for name in ("uar", "accuracy"):
            value = baseline.score[name].value
            if not math.isnan(value):
                label = f"{METRICS[name].label}, {baseline.score.name}"
                yield (label, tables.percent(value), baseline.note)
                break


def _calibration(report: Report) -> _Row:
    temperature = report.facts.get("temperature")
    detail = "expected calibration error (ECE)"
    if report.probabilities is not None:
        error = report.probabilities.equal_mass_ece.value
        detail += f", {tables.percent(error)} over bins of equal mass"
    if isinstance(temperature, float):
        detail += f"; temperature {temperature:.3g}, fitted on the validation part"
    return ("calibration error", tables.percent(report.calibration.error), detail)


def _weakest(report: Report) -> Iterator[_Row]:
    emotions = [one for one in report.emotions if not math.isnan(one.recall.value)]
    if len(emotions) > 1:
        yield _weakest_emotion(emotions)
    groups = [
        (score["uar"].value, kind, score)
        for kind, scores in report.groups.items()
        if len(scores) > 1
        for score in scores
        if score.name != UNKNOWN and score.speakers > 1
    ]
    if groups:
        value, kind, score = min(groups, key=lambda group: group[0])
        detail = f"UAR; {kind}: {score.name}, {score.clips:,} clips, {score.speakers:,} speakers"
        yield ("lowest group", tables.percent(value), detail)
    if len(report.speakers) > 1:
        yield _weakest_speaker(report.speakers)


def _weakest_emotion(emotions: Sequence[EmotionScore]) -> _Row:
    lowest = min(emotions, key=lambda one: one.recall.value)
    bounds = tables.interval_text(lowest.recall)
    interval = "" if bounds == tables.DASH else f", 95% interval {bounds}"
    return (
        "lowest emotion",
        tables.percent(lowest.recall.value),
        f"recall; {lowest.emotion}{interval}",
    )


def _weakest_speaker(speakers: Sequence[Score]) -> _Row:
    lowest = min(speakers, key=lambda one: one["uar"].value)
    detail = f"UAR; {lowest.name}, {lowest.clips:,} clips"
    return ("lowest speaker", tables.percent(lowest["uar"].value), detail)


def _warnings(report: Report) -> _Row:
    count = len(report.warnings)
    return ("warnings", str(count), "listed above" if count else "none")


def _efficiency(report: Report) -> Iterator[_Row]:
    known = report.provenance.efficiency
    if known.parameters is not None:
        trained = report.facts.get("trained parameters")
        detail = f"{trained:,} of them trained" if isinstance(trained, int) else ""
        yield ("parameters", f"{known.parameters:,}", detail)
    if known.size_bytes is not None:
        yield ("size", f"{known.size_bytes / 1e6:.3g} MB", "ONNX graph with weights")
    if known.seconds_per_second:
        detail = f"{known.seconds_per_second:.2g} s for a second of audio, decoding included"
        machine = report.origin.get("machine")
        detail += f"; {machine}" if machine else ""
        yield ("speed", f"{1 / known.seconds_per_second:,.0f}x real time", detail)
