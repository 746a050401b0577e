"""The section of a report on the probabilities of the model: calibration, temperature, rejection."""

from __future__ import annotations

from collections.abc import Sequence

from emotion_classifier.evaluation.calibration import Reliability
from emotion_classifier.evaluation.metrics import Unit
from emotion_classifier.evaluation.probability_scores import CorpusTemperature, ProbabilityScores
from emotion_classifier.evaluation.report import tables
from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.rendering.calibration_plots import Bins, reliability_plot, risk_plot
from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.page import Picture, Section
from emotion_classifier.rendering.tables import Table

_MEASURES: tuple[tuple[str, str, Unit], ...] = (
    ("NLL", "nll", ""),
    ("Brier score", "brier", ""),
    ("ECE", "equal_width_ece", "%"),
    ("ECE, equal mass", "equal_mass_ece", "%"),
)


def calibration_section(report: Report) -> Section:
    """Reliability before and after the temperature, scores, risk against coverage, thresholds."""
    bins = report.calibration
    introduction = (
        f"Expected calibration error (ECE) {tables.percent(bins.error)}: mean distance between confidence "
        f"and accuracy, over {len(bins.counts)} bins of equal width. NLL: negative log-likelihood in nats. "
        "Brier score: squared distance between the probabilities and the true emotion, 0 to 2. Lower is "
        "better."
    )
    return Section(
        "Calibration",
        introduction,
        [_reliability_picture(report), *_risk_pictures(report), *calibration_tables(report)],
    )


def calibration_tables(report: Report) -> list[Table]:
    """Scores of the probabilities, with a temperature for each corpus, and rejection."""
    found = (
        [] if report.probabilities is None else [_probability_table(report, report.probabilities)]
    )
    if len(report.corpus_temperatures) > 1:
        found.append(corpus_temperature_table(report.corpus_temperatures))
    return [*found, tables.rejection_table(report.rejection, report.risk_coverage)]


def _probability_table(report: Report, own: ProbabilityScores) -> Table:
    """Scores of the probabilities, without the temperature of the model and with it."""
    scores = {"this model": own}
    effect = report.temperature
    notes = ["95% intervals by speaker in brackets. Each bin of equal mass has as many clips."]
    if effect is not None:
        after = "of each fold" if effect.temperature is None else f"{effect.temperature:.3f}"
        scores = {"temperature 1": effect.before, f"temperature {after}": effect.after}
        notes.append("The temperature was fitted on clips of other speakers.")
    rows = [
        (label, *(_with_interval(getattr(one, name), unit) for one in scores.values()))
        for label, name, unit in _MEASURES
    ]
    return Table("Probabilities", ("", *scores), rows, notes=notes)


def corpus_temperature_table(corpora: Sequence[CorpusTemperature]) -> Table:
    """Each corpus with the single temperature, and with its own."""
    rows = [
        (
            one.corpus,
            tables.DASH if one.temperature is None else f"{one.temperature:.3f}",
            tables.change_text(one.nll_change, ""),
            tables.percent(one.single.equal_width_ece.value),
            tables.percent(one.own.equal_width_ece.value),
            f"{one.clips:,}",
        )
        for one in corpora
    ]
    notes = [
        "Change of NLL: with the temperature that was fitted on the validation clips of the corpus, against "
        "the single one of the model; below zero is better. Predictions use the single one: the corpus of "
        "a user's recording is not known."
    ]
    columns = ("corpus", "own temperature", "change of NLL", "ECE", "ECE, own", "clips")
    return Table("A temperature for each corpus", columns, rows, notes=notes)


def _with_interval(estimate: Estimate, unit: Unit) -> str:
    bounds = tables.interval_text(estimate, unit)
    value = _text(estimate, unit)
    return value if bounds == tables.DASH else f"{value} ({bounds})"


def _text(estimate: Estimate, unit: Unit) -> str:
    return tables.value_text(estimate.value, unit)


def _reliability_picture(report: Report) -> Picture:
    own, effect = report.calibration, report.temperature
    before = None if effect is None else _bins(effect.reliability)
    figure = reliability_plot(_bins(own), own.low, own.high, before)
    caption = (
        "Accuracy against confidence. Below the dashed line the model is overconfident. Vertical "
        "lines: 95% intervals by speaker, where a bin has several."
    )
    return Picture(to_svg(figure, "Accuracy against confidence"), caption)


def _bins(found: Reliability) -> Bins:
    return Bins(found.confidence, found.accuracy, found.counts)


def _risk_pictures(report: Report) -> list[Picture]:
    curve, own = report.risk_curve, report.rejection
    if curve is None:
        return []
    chosen = (own.coverage, 1.0 - own.accuracy) if own.coverage > 0 else None
    figure = risk_plot(curve.coverage, curve.risk, curve.low, curve.high, chosen=chosen)
    caption = (
        "Risk, the share of wrong predictions among the accepted clips, against the share of accepted "
        f"clips, with 95% intervals by speaker; the dot is the threshold of the model. Area under the "
        f"curve (AURC): {curve.area:.3f}."
    )
    return [Picture(to_svg(figure, "Risk against coverage"), caption)]
