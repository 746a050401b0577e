"""The verdict of a study in words, from its tests: never from the larger of two numbers."""

from __future__ import annotations

from collections.abc import Sequence

from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.paired_tests import SIGNIFICANCE
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.experiments.studies.acoustics import MEASURES, UNITS, Separation
from emotion_classifier.experiments.studies.confusions import ConfusedPair
from emotion_classifier.experiments.studies.contrasts import Contrast, EvaluatedContrast

_LABELS = {name: metric.label for name, metric in METRICS.items()} | {"f1": "F1"}


def points(value: float, *, signed: bool = True) -> str:
    """A difference of shares in points: 0.041 → "+4.1"."""
    text = f"{100 * value:+.1f}" if signed else f"{100 * value:.1f}"
    return text.replace("-", "\N{MINUS SIGN}")


def p_value(value: float) -> str:
    """A p value with two digits: "0.012", "< 0.001"."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def interval(estimate: Estimate, *, flipped: bool = False) -> str:
    """Both bounds in points, of the negated value where `flipped`: "1.2 to 7.0"."""
    if estimate.interval is None:
        return "no interval"
    low, high = estimate.interval.low, estimate.interval.high
    if flipped:
        low, high = -high, -low
    return f"{points(low, signed=False)} to {points(high, signed=False)}"


def contrast_sentence(tested: EvaluatedContrast) -> str:
    """The result of a contrast: which is better and by how much, or that no difference was shown."""
    contrast, estimate = tested.contrast, tested.estimate
    if estimate is None:
        return (
            f"Not tested: {contrast.second} against {contrast.first}{_where(contrast)}, "
            f"{measure_label(contrast)}; missing: "
            f"{', '.join(tested.missing)}."
        )
    measure = measure_label(contrast)
    if contrast.between is not None:
        return _interaction_sentence(tested, estimate, measure)
    if not tested.is_significant:
        return (
            f"No difference was shown between {contrast.second} and {contrast.first}{_where(contrast)}: "
            f"{points(estimate.value)} points {measure} ({interval(estimate)}; "
            f"p Holm {p_value(tested.corrected_p)})."
        )
    flipped = estimate.value < 0
    better, worse = contrast.second, contrast.first
    if flipped:
        better, worse = worse, better
    return (
        f"{better} is better than {worse}{_where(contrast)} by "
        f"{points(abs(estimate.value), signed=False)} points {measure} "
        f"({interval(estimate, flipped=flipped)}; p Holm {p_value(tested.corrected_p)})."
    )


def measure_label(contrast: Contrast) -> str:
    """ "UAR", or "recall of neutral"."""
    label = _LABELS.get(contrast.measure, contrast.measure)
    return label if contrast.emotion is None else f"{label} of {contrast.emotion}"


def _interaction_sentence(tested: EvaluatedContrast, estimate: Estimate, measure: str) -> str:
    contrast = tested.contrast
    assert contrast.between is not None
    low, high = contrast.between
    difference = f"the difference of {contrast.second} to {contrast.first}"
    numbers = (
        f"{points(estimate.value)} points {measure} ({interval(estimate)}; "
        f"p Holm {p_value(tested.corrected_p)})"
    )
    if not tested.is_significant:
        return f"It was not shown that {difference} depends on {low} or {high}{_where(contrast)}: {numbers}."
    change = "larger" if estimate.value > 0 else "smaller"
    context = f" ({contrast.context})" if contrast.context else ""
    return f"With {high}, {difference} is {change} than with {low}{context}: {numbers}."


def _where(contrast: Contrast) -> str:
    context = [contrast.context] if contrast.context else []
    if contrast.between is not None:
        context.append(" or ".join(contrast.between))
    return f" ({', '.join(context)})" if context else ""


def summary(tested: Sequence[EvaluatedContrast]) -> str:
    """One sentence for how many differences were shown."""
    known = [one for one in tested if one.estimate is not None]
    shown = sum(one.is_significant for one in known)
    text = f"{shown} of {len(known)} tests show a difference at p Holm < {SIGNIFICANCE:g}."
    if len(known) < len(tested):
        text += f" {len(tested) - len(known)} could not be made, as cells are missing."
    return text


def pair_sentences(pairs: Sequence[ConfusedPair], limit: int) -> list[str]:
    """The pairs that are confused more often than an average pair, the most confused first."""
    shown = [pair for pair in pairs if pair.is_significant and pair.excess.value > 0]
    if not shown:
        return ["No pair was shown to be confused more often than an average pair."]
    sentences = [
        f"{pair.name}: {pair.rate.value:.1%} of their clips are taken for the other emotion "
        f"({pair.as_second:.1%} of {pair.first} as {pair.second}, {pair.as_first:.1%} of {pair.second} as "
        f"{pair.first}), {points(pair.excess.value)} points against an average pair "
        f"({interval(pair.excess)}; p Holm {p_value(pair.corrected_p)})."
        for pair in shown[:limit]
    ]
    if len(shown) > limit:
        sentences.append(f"{len(shown) - limit} more pairs exceed the average too.")
    return sentences


def separation_sentences(separations: Sequence[Separation]) -> list[str]:
    """For each pair the measures that separate it, the strongest first, and those that do not."""
    pairs = dict.fromkeys((one.first, one.second) for one in separations)
    return [_separation_sentence(first, second, separations) for first, second in pairs]


def _separation_sentence(first: str, second: str, separations: Sequence[Separation]) -> str:
    own = [one for one in separations if (one.first, one.second) == (first, second)]
    shown = sorted((one for one in own if one.is_significant), key=lambda one: -abs(one.effect))
    rest = [one.measure for one in own if not one.is_significant]
    name = f"{first}\N{EN DASH}{second}"
    if not shown:
        return f"{name}: no measure differs ({', '.join(rest)})."
    texts = ", ".join(
        f"{one.measure} ({second} {_quantity(one)}, d = {one.effect:+.1f})" for one in shown
    ).replace("-", "\N{MINUS SIGN}")
    without = f" No difference was shown in {', '.join(rest)}." if rest else ""
    return f"{name} differ in {texts}.{without}"


def _quantity(separation: Separation) -> str:
    unit = dict(zip(MEASURES, UNITS, strict=True))[separation.measure]
    return f"{separation.difference:+.2g} {unit}"
