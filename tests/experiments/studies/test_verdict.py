from __future__ import annotations

from dataclasses import replace

import pytest

from emotion_classifier.evaluation.uncertainty import Estimate, Interval
from emotion_classifier.experiments.studies.acoustics import Separation
from emotion_classifier.experiments.studies.confusions import ConfusedPair
from emotion_classifier.experiments.studies.contrasts import Contrast, EvaluatedContrast
from emotion_classifier.experiments.studies.verdict import (
    contrast_sentence,
    p_value,
    pair_sentences,
    separation_sentences,
    summary,
)

CONTRAST = Contrast(0, "mlp", "cnn", (("cnn-mfcc", "mlp-mfcc"),), "features mfcc")
BETTER = EvaluatedContrast(CONTRAST, Estimate(0.041, Interval(0.012, 0.07)), 0.004, 0.012)


def test_shown_difference_names_better_level_interval_and_p_value() -> None:
    assert contrast_sentence(BETTER) == (
        "cnn is better than mlp (features mfcc) by 4.1 points UAR (1.2 to 7.0; p Holm 0.012)."
    )


def test_negative_difference_is_turned_with_its_interval() -> None:
    worse = replace(BETTER, estimate=Estimate(-0.041, Interval(-0.07, -0.012)))
    assert contrast_sentence(worse) == (
        "mlp is better than cnn (features mfcc) by 4.1 points UAR (1.2 to 7.0; p Holm 0.012)."
    )


def test_difference_that_is_not_significant_is_never_called_better() -> None:
    text = contrast_sentence(replace(BETTER, corrected_p=0.2))
    assert "No difference was shown" in text and "better" not in text
    assert "+4.1 points" in text and "p Holm 0.20" in text


def test_interaction_says_how_the_difference_changes() -> None:
    interaction = replace(BETTER, contrast=replace(CONTRAST, between=("mlp", "lstm"), context=""))
    assert "With lstm, the difference of cnn to mlp is larger than with mlp" in contrast_sentence(
        interaction
    )
    assert "was not shown" in contrast_sentence(replace(interaction, corrected_p=0.3))


def test_missing_cell_is_named() -> None:
    text = contrast_sentence(EvaluatedContrast(CONTRAST, None, missing=("cnn-mfcc",)))
    assert "Not tested" in text and "cnn-mfcc" in text


def test_summary_counts_shown_differences_of_the_tests_made() -> None:
    tests = [
        BETTER,
        replace(BETTER, corrected_p=0.5),
        EvaluatedContrast(CONTRAST, None, missing=("x",)),
    ]
    text = summary(tests)
    assert text.startswith("1 of 2 tests") and "1 could not be made" in text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0002, "< 0.001"), (0.0123, "0.012"), (0.0996, "0.100"), (1.0, "1.00")]
)
def test_p_values_have_the_digits_of_papers(value: float, text: str) -> None:
    assert p_value(value) == text


def test_only_pairs_above_the_average_are_listed() -> None:
    above = ConfusedPair(
        "calm",
        "neutral",
        Estimate(0.3, Interval(0.2, 0.4)),
        0.25,
        0.4,
        Estimate(0.2, Interval(0.1, 0.3)),
        0.001,
        0.01,
    )
    below = replace(above, first="sad", excess=Estimate(-0.1, Interval(-0.2, -0.05)))
    (text,) = pair_sentences([above, below], limit=5)
    assert text.startswith("calm\N{EN DASH}neutral: 30.0%") and "+20.0 points" in text
    assert pair_sentences([below], limit=5) == [
        "No pair was shown to be confused more often than an average pair."
    ]


def test_separating_measures_come_first_and_the_others_are_named() -> None:
    level = Separation("calm", "angry", "level", 12.0, 2.5, 0.001, 0.004)
    pitch = Separation("calm", "angry", "pitch", 0.1, 0.1, 0.6, 0.6)
    (text,) = separation_sentences([pitch, level])
    assert text == (
        "calm\N{EN DASH}angry differ in level (angry +12 dB, d = +2.5). No difference was shown in pitch."
    )
