from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt
import pytest

from emotion_classifier.errors import MissingDependencyError
from emotion_classifier.experiments.baseline.linear_svm import fit_linear_svm

pytest.importorskip("sklearn")

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


def clouds(emotions: int, features: int = 20, each: int = 30) -> tuple[Floats, Integers]:
    """Clips (clip, feature) around one centre for each emotion, on very different scales."""
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(emotions, features)) * 2
    true = np.repeat(np.arange(emotions), each)
    spread = generator.normal(size=(len(true), features))
    scales = 10.0 ** generator.uniform(-3, 6, features)
    return ((centres[true] + spread) * scales + scales).astype(np.float32), true


@pytest.mark.parametrize("emotions", [2, 3, 8])
@pytest.mark.parametrize("features", [20, 400])
def test_separate_clouds_are_classified(emotions: int, features: int) -> None:
    clips, true = clouds(emotions, features)
    logits = fit_linear_svm(clips[::2], true[::2]).logits(clips[1::2], emotions)
    assert logits.shape == (len(true) // 2, emotions)
    assert (logits.argmax(axis=1) == true[1::2]).mean() > 0.95


def test_it_equals_a_pipeline_of_scikit_learn() -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    clips, true = clouds(4)
    pipeline = make_pipeline(StandardScaler(), LinearSVC(C=1 / 20, random_state=1))
    expected = pipeline.fit(clips.astype(np.float64), true).decision_function(clips)
    found = fit_linear_svm(clips, true).logits(clips, 4)
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_the_scale_of_a_feature_does_not_matter() -> None:
    clips, true = clouds(3)
    scales = np.float32(2.0) ** np.arange(-10, 10)
    found = fit_linear_svm(clips * scales, true).logits(clips * scales, 3)
    np.testing.assert_allclose(found, fit_linear_svm(clips, true).logits(clips, 3), atol=1e-4)


def test_a_constant_training_feature_has_no_weight() -> None:
    clips, true = clouds(3)
    clips[:, 5] = 4.0
    svm = fit_linear_svm(clips, true)
    changed = clips.copy()
    changed[:, 5] = -1e6
    np.testing.assert_array_equal(svm.logits(changed, 3), svm.logits(clips, 3))


@pytest.mark.parametrize("known", [(1, 3), (0, 2, 3)])
def test_an_emotion_without_a_training_clip_is_never_predicted(known: tuple[int, ...]) -> None:
    clips, true = clouds(5)
    rows = np.isin(true, known)
    logits = fit_linear_svm(clips[rows], true[rows]).logits(clips, 5)
    assert np.isfinite(logits).all()
    assert set(logits.argmax(axis=1)) == set(known)
    assert (logits[rows].argmax(axis=1) == true[rows]).mean() > 0.95


def test_no_clips_have_no_logits() -> None:
    clips, true = clouds(3)
    assert fit_linear_svm(clips, true).logits(clips[:0], 3).shape == (0, 3)


def test_the_same_clips_give_the_same_svm() -> None:
    clips, true = clouds(3, features=400)
    first, second = (fit_linear_svm(clips, true) for _ in range(2))
    np.testing.assert_array_equal(first.logits(clips, 3), second.logits(clips, 3))


def test_without_scikit_learn_the_error_has_the_install_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clips, true = clouds(2)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    expected = (
        r'needs sklearn, which is not installed: pip install "emotion_classifier\[baseline\]"'
    )
    with pytest.raises(MissingDependencyError, match=expected):
        fit_linear_svm(clips, true)
