from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import permutation_test

from emotion_classifier.experiments.studies.sign_flips import sign_flip_test


def test_few_speakers_have_the_exact_p_value_of_scipy() -> None:
    values = np.random.default_rng(0).normal(0.4, 1.0, size=(9, 1))
    expected = permutation_test(
        (values[:, 0],),
        lambda x, axis: x.mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
    )
    found = sign_flip_test(values, np.random.default_rng(1))
    assert found[0] == pytest.approx(expected.pvalue)


def test_many_speakers_have_nearly_the_p_value_of_scipy() -> None:
    values = np.random.default_rng(0).normal(0.4, 1.0, size=(24, 1))
    expected = permutation_test(
        (values[:, 0],),
        lambda x, axis: x.mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
        rng=np.random.default_rng(2),
    )
    found = sign_flip_test(values, np.random.default_rng(1))
    assert found[0] == pytest.approx(expected.pvalue, abs=0.01)


def test_each_measure_is_tested_on_its_own_and_nan_is_left_out() -> None:
    values = np.ones((12, 3))
    values[:, 1] = [1, -1] * 6
    values[3, 0] = np.nan
    values[:, 2] = np.nan
    first, second, third = sign_flip_test(values, np.random.default_rng(0))
    assert first == pytest.approx(2 / 2**11)
    assert second == 1.0
    assert np.isnan(third)
