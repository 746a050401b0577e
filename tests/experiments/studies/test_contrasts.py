from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.config import parse_config
from emotion_classifier.errors import ConfigError
from emotion_classifier.evaluation.metrics import Counts, uar
from emotion_classifier.evaluation.paired_tests import permutation_test
from emotion_classifier.experiments.studies.config import StudyConfig
from emotion_classifier.experiments.studies.contrasts import contrasts, evaluate_contrasts

EMOTIONS = ("happy", "sad")
LEVELS: dict[str, object] = {"a": {}, "b": {}}


def study(**settings: object) -> StudyConfig:
    values = {
        "question": "?",
        "name": "s",
        "base": "toy",
        "factors": {"model": {**LEVELS, "c": {}}, "features": {"x": {}, "y": {}}},
        **settings,
    }
    return parse_config(StudyConfig, values)


def counts(correct: float, speakers: int = 12, clips: int = 20, seed: int = 0) -> Counts:
    """Counts of models that predict this share correctly, the same for both emotions."""
    rng = np.random.default_rng(seed)
    right = rng.binomial(clips, correct, size=(speakers, 2))
    values = np.zeros((speakers, 2, 2), dtype=np.int64)
    for emotion in (0, 1):
        values[:, emotion, emotion] = right[:, emotion]
        values[:, emotion, 1 - emotion] = clips - right[:, emotion]
    return values


CELLS = {
    "a-x": counts(0.6, seed=1),
    "a-y": counts(0.6, seed=2),
    "b-x": counts(0.6, seed=3),
    "b-y": counts(0.9, seed=4),
    "c-x": counts(0.6, seed=5),
    "c-y": counts(0.6, seed=6),
}


def values(config: StudyConfig, **cells: Counts) -> dict[tuple[str, str, str], tuple[float, bool]]:
    tested = evaluate_contrasts(
        contrasts(config, EMOTIONS),
        {**CELLS, **cells},
        EMOTIONS,
        correct_within_comparison=False,
        seed=0,
    )
    return {
        (t.contrast.first, t.contrast.second, t.contrast.context): (
            t.estimate.value if t.estimate else np.nan,
            t.is_significant,
        )
        for t in tested
    }


def score(name: str) -> float:
    return float(uar(CELLS[name].sum(axis=0)))


def test_difference_within_a_factor_is_that_of_two_cells() -> None:
    found = values(
        study(comparisons=[{"factor": "model", "reference": "a", "within": ["features"]}])
    )
    assert list(found) == [
        ("a", "b", "features x"),
        ("a", "c", "features x"),
        ("a", "b", "features y"),
        ("a", "c", "features y"),
    ]
    value, significant = found["a", "b", "features y"]
    assert value == pytest.approx(score("b-y") - score("a-y"))
    assert significant
    assert not found["a", "b", "features x"][1]


def test_difference_over_other_factors_is_their_mean() -> None:
    ((value, _),) = values(study(comparisons=[{"factor": "features", "reference": "x"}])).values()
    expected = np.mean([score(f"{m}-y") - score(f"{m}-x") for m in "abc"])
    assert value == pytest.approx(expected)


def test_groups_compare_means_of_their_levels() -> None:
    groups = {"first": ["a"], "rest": ["b", "c"]}
    found = values(study(comparisons=[{"factor": "model", "groups": groups}]))
    rest = np.mean([score(f"{m}-{f}") for m in "bc" for f in "xy"])
    first = np.mean([score(f"a-{f}") for f in "xy"])
    assert found["first", "rest", ""][0] == pytest.approx(rest - first)


def test_interaction_is_the_difference_of_differences() -> None:
    config = study(comparisons=[{"factor": "features", "reference": "x", "interaction": "model"}])
    tested = evaluate_contrasts(
        contrasts(config, EMOTIONS), CELLS, EMOTIONS, correct_within_comparison=False, seed=0
    )
    by_models = {t.contrast.between: t for t in tested}
    assert list(by_models) == [("a", "b"), ("a", "c"), ("b", "c")]
    one = by_models["a", "b"]
    expected = (score("b-y") - score("b-x")) - (score("a-y") - score("a-x"))
    assert one.estimate is not None
    assert one.estimate.value == pytest.approx(expected)
    assert one.is_significant
    assert not by_models["a", "c"].is_significant


def test_p_value_of_two_cells_is_that_of_the_permutation_test() -> None:
    config = study(comparisons=[{"factor": "model", "reference": "a", "within": ["features"]}])
    planned = contrasts(config, EMOTIONS)
    tested = evaluate_contrasts(planned, CELLS, EMOTIONS, correct_within_comparison=False, seed=0)
    expected = permutation_test(CELLS["a-y"], CELLS["b-y"], uar, np.random.default_rng(0))
    assert tested[2].p == pytest.approx(float(expected))
    assert tested[2].corrected_p == pytest.approx(min(1, 4 * float(expected)))


def test_emotion_measure_has_a_test_for_each_emotion() -> None:
    config = study(comparisons=[{"factor": "features", "reference": "x", "measure": "recall"}])
    assert [c.emotion for c in contrasts(config, EMOTIONS)] == ["happy", "sad"]


def test_missing_cell_leaves_its_contrasts_untested_and_the_others_corrected() -> None:
    config = study(comparisons=[{"factor": "model", "reference": "a", "within": ["features"]}])
    some = {name: one for name, one in CELLS.items() if name != "b-x"}
    tested = evaluate_contrasts(
        contrasts(config, EMOTIONS), some, EMOTIONS, correct_within_comparison=False, seed=0
    )
    assert [t.missing for t in tested] == [("b-x",), (), (), ()]
    assert tested[0].estimate is None and not tested[0].is_significant
    assert tested[2].corrected_p == pytest.approx(3 * tested[2].p)


def test_correction_within_a_comparison_counts_its_tests_alone() -> None:
    comparisons = [{"factor": "model", "reference": "a"}, {"factor": "features", "reference": "x"}]
    planned = contrasts(study(comparisons=comparisons), EMOTIONS)
    tested = evaluate_contrasts(planned, CELLS, EMOTIONS, correct_within_comparison=True, seed=0)
    assert tested[2].corrected_p == tested[2].p


def test_equal_cells_are_rarely_significant() -> None:
    """False positives stay near 5 % for models that are equally good."""
    config = study(comparisons=[{"factor": "features", "interaction": "model"}])
    planned = contrasts(config, EMOTIONS)[:1]
    found = []
    for number in range(50):
        base = 10 * number
        cells = {name: counts(0.7, seed=base + i) for i, name in enumerate(CELLS)}
        (one,) = evaluate_contrasts(
            planned, cells, EMOTIONS, correct_within_comparison=False, seed=0
        )
        found.append(one.p)
    assert np.mean(np.array(found) < 0.05) <= 0.14


def test_emotion_that_the_models_do_not_have_is_refused_before_any_run() -> None:
    config = study(comparisons=[{"factor": "model", "measure": "recall", "emotions": ["angr"]}])
    with pytest.raises(ConfigError, match=r"comparisons\.0\.emotions names angr.* happy, sad"):
        contrasts(config, EMOTIONS)
