from __future__ import annotations

import csv
import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.experiments.progress_log import ProgressLog

from emotion_classifier.errors import EvaluationError, MissingDependencyError, RunError
from emotion_classifier.experiments.baseline.opensmile import LICENCE
from emotion_classifier.experiments.baseline.opensmile_svm import (
    BaselineResult,
    add_baselines,
    evaluate_baseline,
    fit_linear_svm,
)
from emotion_classifier.experiments.data.load import saved_data_config
from emotion_classifier.installation import install_command
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder

pytest.importorskip("opensmile")
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
    expected = "needs sklearn, which is not installed: " + re.escape(install_command("baseline"))
    with pytest.raises(MissingDependencyError, match=expected):
        fit_linear_svm(clips, true)


@pytest.fixture(autouse=True)
def cache(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same cache as that of the runs."""
    monkeypatch.setenv("EMOTION_CACHE", environment["EMOTION_CACHE"])


@pytest.fixture
def untrained_run(finished_run: Path, tmp_path: Path) -> Path:
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


def test_the_test_part_is_that_of_the_run(untrained_run: Path, finished_run: Path) -> None:
    result = evaluated(untrained_run)
    own = read_predictions(finished_run / "predictions.csv")
    assert result.predictions.ids == own.ids
    assert result.predictions.speakers == own.speakers
    np.testing.assert_array_equal(result.predictions.true, own.true)
    np.testing.assert_array_equal(result.predictions.durations_seconds, own.durations_seconds)
    assert result.predictions.correct.mean() > 0.6  # guessing gives a third
    np.testing.assert_allclose(result.predictions.probabilities.sum(axis=1), 1.0, rtol=1e-5)


def test_the_same_run_gives_the_same_predictions(untrained_run: Path) -> None:
    first, second = evaluated(untrained_run), evaluated(untrained_run)
    np.testing.assert_array_equal(first.predictions.probabilities, second.predictions.probabilities)
    assert first.temperature == second.temperature


def test_the_validation_part_changes_the_temperature_only(untrained_run: Path) -> None:
    whole = evaluated(untrained_run)
    change_split(untrained_run, {"validation": ""})
    without = evaluated(untrained_run)
    np.testing.assert_array_equal(whole.predictions.predicted, without.predictions.predicted)
    assert without.temperature == 1.0 != whole.temperature


def test_only_the_training_part_is_fitted(untrained_run: Path) -> None:
    assert len(evaluated(untrained_run).training.emotions) == 24
    change_split(untrained_run, {"validation": "train"})
    assert len(evaluated(untrained_run).training.emotions) == 30


def test_a_training_part_of_one_emotion_is_refused(untrained_run: Path) -> None:
    change_split(untrained_run, {"train": ""}, "happy")
    change_split(untrained_run, {"train": ""}, "angry")
    with pytest.raises(RunError, match=r"split\.csv holds fewer than two emotions"):
        evaluated(untrained_run)


def test_an_emotion_without_training_clips_is_never_predicted(untrained_run: Path) -> None:
    change_split(untrained_run, {"train": ""}, "happy")
    result = evaluated(untrained_run)
    happy = result.predictions.labels.index("happy")
    assert happy in result.predictions.true
    assert happy not in result.predictions.predicted


def test_a_missing_clip_is_named(untrained_run: Path) -> None:
    with (untrained_run / "split.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    rows.append(["toy/99_happy_0", "test", "", "toy", "99", "", "happy"])
    with (untrained_run / "split.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(
        RunError, match=r"1 clips of .*split\.csv cannot be used any more, first toy/99"
    ):
        evaluated(untrained_run)


def copied(finished_run: Path, folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names or ("config.yml", "split.csv", "predictions.csv"):
        shutil.copy(finished_run / name, folder)
    return folder


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    return copied(finished_run, tmp_path / "toy" / "tiny")


def swapped(run: Path, folder: Path) -> Path:
    """The run with its test and validation parts exchanged: another fold, not scored."""
    copied(run, folder, "config.yml")
    text = (run / "split.csv").read_text("utf-8")
    other = text.replace(",test,", ",?,").replace(",validation,", ",test,")
    (folder / "split.csv").write_text(other.replace(",?,", ",validation,"), "utf-8")
    return folder


def test_a_run_gets_a_report_and_a_comparison(run: Path, log: ProgressLog) -> None:
    assert add_baselines([run], "egemaps", log) == [run / "baseline-egemaps"]
    assert {path.name for path in (run / "baseline-egemaps").iterdir()} == {
        "changed_clips.csv",
        "checksums.sha256",
        "comparison.csv",
        "comparison.html",
        "comparison.json",
        "comparison.md",
        "predictions.csv",
        "report.html",
        "report.json",
        "report.md",
        "report_tables",
    }
    report = json.loads((run / "baseline-egemaps" / "report.json").read_text("utf-8"))
    own = read_predictions(run / "predictions.csv")
    assert (
        report["overall"]["clips"]
        == len(own)
        == len(read_predictions(run / "baseline-egemaps" / "predictions.csv"))
    )
    assert report["facts"]["licence of openSMILE"] == LICENCE
    assert "88 functionals of eGeMAPS v02" in report["facts"]["features"]
    assert "24 clips" in report["facts"]["trained on"]
    assert {row["score"]["name"] for row in report["baselines"]} >= {"majority", "duration only"}
    printed = log.text
    assert LICENCE in printed
    assert "tiny minus eGeMAPS v02" in printed


def test_a_run_that_is_not_scored_has_no_comparison(run: Path, log: ProgressLog) -> None:
    (run / "predictions.csv").unlink()
    add_baselines([run], "egemaps", log)
    assert (run / "baseline-egemaps" / "report.json").is_file()
    assert "no comparison: " in log.text
    assert " minus " not in log.text


def test_predictions_of_other_clips_are_not_compared(
    run: Path, finished_run: Path, tmp_path: Path, log: ProgressLog
) -> None:
    other = swapped(run, tmp_path / "toy" / "other")
    shutil.copy(run / "predictions.csv", other)
    with pytest.raises(EvaluationError, match="have no clip in common"):
        add_baselines([other], "egemaps", log)


@pytest.mark.slow
def test_folds_get_a_common_report(run: Path, tmp_path: Path, log: ProgressLog) -> None:
    folds = [
        copied(run, tmp_path / "toy" / "cnn-fold1"),
        swapped(run, tmp_path / "toy" / "cnn-fold2"),
    ]
    folders = add_baselines([*folds, folds[0]], "egemaps", log)
    common = tmp_path / "toy" / "cnn-folds" / "baseline-egemaps"
    assert folders == [*(fold / "baseline-egemaps" for fold in folds), common]
    apart = [read_predictions(folder / "predictions.csv") for folder in folders[:2]]
    together = read_predictions(common / "predictions.csv")
    assert together.ids == apart[0].ids + apart[1].ids
    report = json.loads((common / "report.json").read_text("utf-8"))
    assert report["overall"]["clips"] == len(together)
    assert report["overall"]["uar"]["interval"] is not None
    assert [one["name"] for one in report["folds"]["scores"]] == ["cnn-fold1", "cnn-fold2"]
    assert {row["score"]["name"] for row in report["baselines"]} >= {"majority", "duration only"}
    assert "cnn-fold1 minus eGeMAPS v02" in log.text
    assert "cnn-folds over" not in log.text  # the second fold is not scored yet


@pytest.mark.slow
def test_runs_of_different_cross_validations_get_no_common_report(
    run: Path, tmp_path: Path, log: ProgressLog
) -> None:
    other = copied(run, tmp_path / "toy" / "cnn-fold1")
    folders = add_baselines([run, other], "egemaps", log)
    assert folders == [run / "baseline-egemaps", other / "baseline-egemaps"]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("tiny/model", "give runs/<experiment>/<label>"), ("cnn-folds", r"cnn-fold\[0-9\]\*")],
)
def test_another_folder_is_refused_before_any_work(
    name: str, remedy: str, run: Path, log: ProgressLog
) -> None:
    with pytest.raises(RunError, match=f"is not the folder of a run.*{remedy}"):
        add_baselines([run, run.parent / name], "egemaps", log)
    assert not (run / "baseline-egemaps").exists()


@pytest.mark.parametrize("library", ["opensmile", "sklearn"])
def test_a_missing_library_is_reported_before_any_work(
    library: str, run: Path, log: ProgressLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(
        MissingDependencyError, match=f"{library}.*{re.escape(install_command('baseline'))}"
    ):
        add_baselines([run], "egemaps", log)
    assert log.text == ""
