from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from emotion_classifier.errors import MissingDependencyError, RunError
from emotion_classifier.experiments.baseline.opensmile_svm import (
    BaselineResult,
    evaluate_baseline,
    fit_linear_svm,
)
from emotion_classifier.experiments.data.config import saved_data_config
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder

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


pytest.importorskip("opensmile")
pytest.importorskip("sklearn")


@pytest.fixture(autouse=True)
def cache(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same cache as that of the runs."""
    monkeypatch.setenv("EMOTION_CACHE", environment["EMOTION_CACHE"])


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    """A run that was never trained: its settings and its split."""
    folder = tmp_path / "toy" / "tiny"
    folder.mkdir(parents=True)
    for name in ("config.yml", "split.csv"):
        shutil.copy(finished_run / name, folder)
    return folder


def evaluated(path: Path) -> BaselineResult:
    folder = RunFolder(path)
    return evaluate_baseline(folder, saved_data_config(folder), "egemaps")


def change_split(path: Path, rule: dict[str, str], emotion: str | None = None) -> None:
    """Parts by `rule`, of one emotion only or of all."""
    with (path / "split.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    for row in rows:
        if row[1] in rule and (emotion is None or row[6] == emotion):
            row[1] = rule[row[1]]
    with (path / "split.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def test_the_test_part_is_that_of_the_run(run: Path, finished_run: Path) -> None:
    result = evaluated(run)
    own = read_predictions(finished_run / "predictions.csv")
    assert result.predictions.ids == own.ids
    assert result.predictions.speakers == own.speakers
    np.testing.assert_array_equal(result.predictions.true, own.true)
    np.testing.assert_array_equal(result.predictions.durations_seconds, own.durations_seconds)
    assert result.predictions.correct.mean() > 0.6  # guessing gives a third
    np.testing.assert_allclose(result.predictions.probabilities.sum(axis=1), 1.0, rtol=1e-5)


def test_the_same_run_gives_the_same_predictions(run: Path) -> None:
    first, second = evaluated(run), evaluated(run)
    np.testing.assert_array_equal(first.predictions.probabilities, second.predictions.probabilities)
    assert first.temperature == second.temperature


def test_the_validation_part_changes_the_temperature_only(run: Path) -> None:
    whole = evaluated(run)
    change_split(run, {"validation": ""})
    without = evaluated(run)
    np.testing.assert_array_equal(whole.predictions.predicted, without.predictions.predicted)
    assert without.temperature == 1.0 != whole.temperature


def test_only_the_training_part_is_fitted(run: Path) -> None:
    assert len(evaluated(run).training.emotions) == 24
    change_split(run, {"validation": "train"})
    assert len(evaluated(run).training.emotions) == 30


def test_a_training_part_of_one_emotion_is_refused(run: Path) -> None:
    change_split(run, {"train": ""}, "happy")
    change_split(run, {"train": ""}, "angry")
    with pytest.raises(RunError, match=r"split\.csv holds fewer than two emotions"):
        evaluated(run)


def test_an_emotion_without_training_clips_is_never_predicted(run: Path) -> None:
    change_split(run, {"train": ""}, "happy")
    result = evaluated(run)
    happy = result.predictions.labels.index("happy")
    assert happy in result.predictions.true
    assert happy not in result.predictions.predicted


def test_a_missing_clip_is_named(run: Path) -> None:
    with (run / "split.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    rows.append(["toy/99_happy_0", "test", "", "toy", "99", "", "happy"])
    with (run / "split.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(
        RunError, match=r"1 clips of .*split\.csv cannot be used any more, first toy/99"
    ):
        evaluated(run)
