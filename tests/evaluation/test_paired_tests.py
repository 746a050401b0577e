"""Paired tests against statsmodels, values computed by hand, and their rate of false positives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar
from statsmodels.stats.multitest import multipletests

from emotion_classifier.evaluation import metrics, uncertainty
from emotion_classifier.evaluation.paired_tests import (
    holm,
    mcnemar,
    permutation_test,
    smallest_p_value,
)

Counts = npt.NDArray[np.int64]


def _counts(correct: list[int], clips: int = 10) -> Counts:
    """Counts ``(speaker, 2, 2)`` of speakers with `clips` of each emotion, `correct` of the first."""
    counts = np.zeros((len(correct), 2, 2), np.int64)
    counts[:, 0, 0], counts[:, 0, 1] = correct, [clips - one for one in correct]
    counts[:, 1, 1] = clips
    return counts


def _test(first: Counts, second: Counts, **options: int) -> float:
    return float(permutation_test(first, second, metrics.uar, np.random.default_rng(0), **options))


def test_p_value_of_three_speakers_as_computed_by_hand() -> None:
    # Differences 3, 1, -1 clips: of the sums ±3 ±1 ±1, six of eight are 3 or more in absolute value.
    assert _test(_counts([5, 5, 5]), _counts([8, 6, 4])) == pytest.approx(6 / 8)
    # Differences of one sign: only the two most extreme of 2³ exchanges are as large.
    assert _test(_counts([5, 5, 5]), _counts([8, 6, 7])) == pytest.approx(2 / 8)


def test_drawn_exchanges_agree_with_all_exchanges() -> None:
    rng = np.random.default_rng(3)
    first, second = (_counts(rng.integers(3, 9, 12).tolist()) for _ in range(2))
    exact, drawn = _test(first, second), _test(first, second, permutations=4000)
    assert smallest_p_value(12) == 2 / 2**12
    assert smallest_p_value(12, 4000) == 1 / 4001
    assert 0 < exact < 1
    assert drawn == pytest.approx(exact, abs=0.025)


def test_drawn_exchanges_in_chunks_are_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = _counts([2] * 20), _counts([8] * 20)
    monkeypatch.setattr(uncertainty, "_DRAWS_AT_ONCE", 1000)
    assert _test(first, second) == smallest_p_value(20)


def test_p_value_of_each_emotion_and_nan_where_there_are_no_clips() -> None:
    first, second = _counts([5, 5, 5]), _counts([8, 6, 7])
    first[:, 1], second[:, 1] = 0, 0
    values = permutation_test(first, second, metrics.recall, np.random.default_rng(0))
    np.testing.assert_allclose(values, [2 / 8, np.nan])


def test_equal_models_and_a_single_speaker_have_a_p_value_of_one() -> None:
    same = _counts([3, 9, 4, 7])
    assert _test(same, same) == 1
    assert _test(_counts([1]), _counts([9])) == 1
    assert smallest_p_value(1) == 1


def test_dependent_clips_give_false_positives_in_mcnemar_and_not_by_speaker() -> None:
    rng = np.random.default_rng(0)
    rounds, speakers, clips = 200, 8, 30
    found = {"mcnemar": 0, "permutation": 0}
    for _ in range(rounds):
        # Equally good models, each with speakers that it suits more or less.
        ability = 1 / (1 + np.exp(-rng.normal(0, 1, size=(2, speakers, 1))))
        correct = rng.random((2, speakers, clips)) < ability
        first, second = (_counts(one.sum(axis=1).tolist(), clips) for one in correct)
        found["mcnemar"] += mcnemar(correct[0].ravel(), correct[1].ravel()).p < 0.05
        found["permutation"] += _test(first, second) < 0.05
    assert found["mcnemar"] > 0.3 * rounds
    assert found["permutation"] < 0.08 * rounds


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 0), (3, 9), (12, 12), (40, 70), (900, 1200)])
def test_mcnemar_equals_statsmodels(b: int, c: int) -> None:
    first = np.array([True] * b + [False] * c + [True, False])
    second = np.array([False] * b + [True] * c + [True, False])
    found = mcnemar(first, second)
    reference = reference_mcnemar([[1, b], [c, 1]], exact=True).pvalue if b + c else 1.0
    assert (found.only_first, found.only_second) == (b, c)
    assert found.p == pytest.approx(reference, rel=1e-9)


def test_mcnemar_as_computed_by_hand() -> None:
    # 2 · (1 + 5) / 2⁵, of one clip against four.
    found = mcnemar(np.array([1, 0, 0, 0, 0], bool), np.array([0, 1, 1, 1, 1], bool))
    assert (found.only_first, found.only_second) == (1, 4)
    assert found.p == pytest.approx(12 / 32)


def test_mcnemar_of_many_clips_has_a_p_value() -> None:
    correct = np.arange(100_000) < 40_000
    assert mcnemar(correct, ~correct).p == pytest.approx(0.0, abs=1e-300)


def test_holm_as_computed_by_hand() -> None:
    corrected = holm([0.04, 0.01, 0.03, 0.5])
    np.testing.assert_allclose(corrected, [0.09, 0.04, 0.09, 0.5])


def test_holm_equals_statsmodels() -> None:
    rng = np.random.default_rng(0)
    for tests in (1, 2, 7, 40):
        values = rng.random(tests) ** 3
        np.testing.assert_allclose(holm(values.tolist()), multipletests(values, method="holm")[1])


def test_undefined_tests_do_not_count_in_holm() -> None:
    np.testing.assert_allclose(holm([np.nan, 0.02, 0.04]), [np.nan, 0.04, 0.04])
    assert len(holm([])) == 0
