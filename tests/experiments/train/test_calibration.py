"""Temperatures and threshold fitted on the clips of a validation part."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from emotion_classifier.experiments.train.calibration import fit_calibration


def validation(
    clips: int, scale: float
) -> tuple[list[npt.NDArray[np.float32]], npt.NDArray[np.float32]]:
    """Logits (1, emotion) of clips, `scale` times too large, and their true emotions."""
    rng = np.random.default_rng(0)
    true = rng.integers(3, size=clips)
    logits = rng.normal(size=(clips, 3))
    logits[np.arange(clips), true] += 1.5
    return list((scale * logits).astype(np.float32)[:, np.newaxis]), np.eye(3, dtype=np.float32)[
        true
    ]


def test_each_of_several_corpora_has_a_temperature() -> None:
    (one, true), (other, _) = validation(200, 1.0), validation(200, 3.0)
    corpora = ["small"] * 200 + ["large"] * 200
    found = fit_calibration([*one, *other], np.concatenate([true, true]), corpora)
    assert list(found.corpus_temperatures) == ["large", "small"]
    small, large = found.corpus_temperatures["small"], found.corpus_temperatures["large"]
    assert large == pytest.approx(3 * small, rel=1e-4)
    assert small < found.temperature < large
    assert found.fields.keys() == {"temperature", "uncertain_below", "corpus_temperatures"}


def test_a_single_corpus_has_the_temperature_alone() -> None:
    logits, true = validation(50, 1.0)
    assert fit_calibration(logits, true, ["toy"] * 50).corpus_temperatures == {}


def test_the_threshold_has_the_chosen_risk() -> None:
    logits, true = validation(400, 1.0)
    plain, careful = (fit_calibration(logits, true, ["toy"] * 400, risk=r) for r in (None, 0.1))
    confidence = np.array(
        [np.exp(c / plain.temperature).max() / np.exp(c / plain.temperature).sum() for c in logits]
    )
    correct = np.array([c.argmax() for c in logits]) == true.argmax(axis=1)
    accepted = confidence >= careful.uncertain_below - 1e-6
    assert careful.uncertain_below > plain.uncertain_below
    assert 1 - correct[accepted].mean() <= 0.1
    assert careful.notes == ()


def test_a_risk_out_of_reach_is_reported_and_the_rule_is_used() -> None:
    logits, true = validation(100, 1.0)
    wrong = true[:, [1, 2, 0]]
    plain, found = (fit_calibration(logits, wrong, ["toy"] * 100, risk=r) for r in (None, 0.01))
    assert found.uncertain_below == plain.uncertain_below
    (note,) = found.notes
    assert "training.risk" in note and "1.0%" in note
