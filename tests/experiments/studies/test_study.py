from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter
from tests.experiments.studies.conftest import Finish

from emotion_classifier.config import parse_config
from emotion_classifier.errors import ConfigError, EvaluationError, RunError
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.experiments.data.load import split_corpora
from emotion_classifier.experiments.run_list.execution import RunOutcome
from emotion_classifier.experiments.studies import study as study_module
from emotion_classifier.experiments.studies.cells import plan_cells
from emotion_classifier.experiments.studies.config import StudyConfig
from emotion_classifier.experiments.studies.plan import estimated_seconds, plan_study, to_table
from emotion_classifier.experiments.studies.power import detectable_difference
from emotion_classifier.experiments.studies.study import run_study
from emotion_classifier.experiments.studies.verdict import points

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]


def finish_all(
    study: StudyConfig, root: Path, finish: Finish, correct: dict[str, float], leave: int = 0
) -> None:
    """Finish the runs of all cells, without the last `leave` of them."""
    configs = [(cell.name, config) for cell in plan_cells(study) for config in cell.configs]
    for name, config in configs[: len(configs) - leave]:
        finish(config, root, correct[name])


CORRECT = {"cnn-none": 0.4, "cnn-default": 0.4, "mlp-none": 1.0, "mlp-default": 1.0}


def test_verdict_names_the_better_model_with_interval_and_corrected_p_value(
    toy_study: StudyConfig, finish: Finish, tmp_path: Path
) -> None:
    finish_all(toy_study, tmp_path, finish, CORRECT)
    verdict = run_study(toy_study, root=tmp_path, command="emotion study toy.yml")
    found = json.loads((verdict.parent / "verdict.json").read_text())
    (test,) = found["tests"]
    assert test["contrast"]["second"] == "mlp"
    assert test["estimate"]["value"] > 0.3 and test["corrected_p"] < 0.01
    text = verdict.read_text()
    assert "mlp is better than cnn by" in text and "p Holm" in text and "12 speakers" in text
    assert "emotion study toy.yml" in text
    names = {path.name for path in verdict.parent.glob("*.png")}
    assert {
        "model_comparison.png",
        "mlp-none_confusion_matrix.png",
        "mlp-none_training_history.png",
    } <= names
    assert (verdict.parent / "report.html").is_file()
    assert list((verdict.parent / "report_tables").glob("*cells*.csv"))


def test_correction_within_comparisons_needs_speakers_for_one_of_them_alone(
    toy_settings: dict[str, Any], finish: Finish, tmp_path: Path
) -> None:
    """Six speakers reach p 0.031: enough for a family of one test, not for two."""
    comparisons = [{"factor": "model"}, {"factor": "augmentation"}]
    settings = {**toy_settings, "comparisons": comparisons, "folds": [1]}
    with pytest.raises(ConfigError, match="none of 2 corrected tests"):
        plan_study(parse_config(StudyConfig, settings), root=tmp_path)
    study = parse_config(StudyConfig, {**settings, "correction": "comparison"})
    finish_all(study, tmp_path, finish, CORRECT)
    verdict = run_study(study, root=tmp_path)
    tests = json.loads((verdict.parent / "verdict.json").read_text())["tests"]
    estimates = [TypeAdapter(Estimate).validate_python(test["estimate"]) for test in tests]
    least = points(detectable_difference(estimates, 1), signed=False)
    assert f"A difference below about {least} points" in verdict.read_text()


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes most of the time of a study that is trained."""
    monkeypatch.setattr(study_module, "draw", lambda *_: {})


@pytest.mark.usefixtures("without_figures")
def test_failed_run_leaves_its_cell_out_and_the_verdict_names_it(
    toy_study: StudyConfig, finish: Finish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish_all(toy_study, tmp_path, finish, CORRECT, leave=1)

    def execute(configs: Any, **_: Any) -> tuple[RunOutcome, ...]:
        return (RunOutcome(configs[-1], None, RunError("out of memory")),)

    monkeypatch.setattr(study_module, "execute_runs", execute)
    verdict = run_study(toy_study, root=tmp_path)
    found = json.loads((verdict.parent / "verdict.json").read_text())
    assert list(found["missing"]) == ["mlp-default"]
    assert "out of memory" in found["missing"]["mlp-default"]
    (test,) = found["tests"]
    assert test["missing"] == ["mlp-default"] and test["estimate"] is None
    assert "Missing: mlp-default" in verdict.read_text()


def test_study_without_a_complete_cell_is_an_error(toy_study: StudyConfig, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no cell of the study is complete"):
        run_study(toy_study, root=tmp_path, only_finished=True)


@pytest.mark.usefixtures("without_figures")
def test_only_finished_runs_are_used_where_nothing_may_be_trained(
    toy_study: StudyConfig, finish: Finish, tmp_path: Path
) -> None:
    finish_all(toy_study, tmp_path, finish, CORRECT, leave=2)
    verdict = run_study(toy_study, root=tmp_path, only_finished=True)
    found = json.loads((verdict.parent / "verdict.json").read_text())
    assert list(found["missing"]) == ["mlp-default"]
    assert len(list(tmp_path.glob("toy/*-log_mel-*"))) == 6


@pytest.mark.usefixtures("without_figures")
def test_policy_is_tested_against_each_candidate(
    toy_settings: dict[str, Any], finish: Finish, tmp_path: Path
) -> None:
    policy = {"factor": "augmentation", "at": {"model": "mlp"}, "inner_folds": 2}
    study = parse_config(StudyConfig, {**toy_settings, "policy": policy})
    finish_all(study, tmp_path, finish, {**CORRECT, "mlp-none": 0.3})
    plan = plan_study(study, root=tmp_path)
    inner = [cell for fold in plan.inner for cell in fold.cells]
    assert [(cell.name, len(cell.configs)) for cell in inner] == 2 * [("none", 2), ("default", 2)]
    for cell in inner:
        for config in cell.configs:
            finish(config, tmp_path, 1.0 if cell.name == "default" else 0.2)
    # All emotions choose the same candidate, so that the policy is the run of that candidate.
    verdict = run_study(study, root=tmp_path)
    found = json.loads((verdict.parent / "verdict.json").read_text())["policy"]
    assert found["chosen"] == 2 * [{"angry": "default", "happy": "default", "sad": "default"}]
    overall = {
        t["contrast"]["first"]: t for t in found["tests"] if t["contrast"]["emotion"] is None
    }
    assert overall["augmentation none"]["estimate"]["value"] > 0.3
    assert overall["augmentation default"]["estimate"]["value"] == 0.0


def test_inner_folds_hold_no_speaker_of_the_test_part(
    toy_settings: dict[str, Any], tmp_path: Path
) -> None:
    policy = {"factor": "augmentation", "at": {"model": "mlp"}, "inner_folds": 2}
    study = parse_config(StudyConfig, {**toy_settings, "policy": policy})
    plan = plan_study(study, root=tmp_path)
    for fold in plan.inner:
        (outer, *_) = fold.outer.values()
        tested = {u.speaker_id for u in plan.data.part(split_corpora(plan.data, outer), "test")}
        inner_tested = []
        for config in fold.cells[0].configs:
            split = split_corpora(plan.data, config)
            used = {u.speaker_id for u in plan.data.utterances if u.id in split.parts}
            assert not used & tested
            inner_tested.append({u.speaker_id for u in plan.data.part(split, "test")})
        assert len(inner_tested[0] | inner_tested[1]) == 6
        assert not inner_tested[0] & inner_tested[1]


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"none": {"augmentation": None}, "policy": {"augmentation": {}}}, "rename the level"),
        (
            {"default": {"augmentation": {}}, "joined": {"augmentation": {"copy_paste": {}}}},
            "default and joined differ in augmentation.copy_paste",
        ),
    ],
)
def test_candidates_that_one_policy_cannot_stand_for_are_refused(
    toy_settings: dict[str, Any], tmp_path: Path, levels: dict[str, Any], message: str
) -> None:
    study = parse_config(
        StudyConfig,
        {
            **toy_settings,
            "factors": {"augmentation": levels},
            "comparisons": [{"factor": "augmentation"}],
            "policy": {"factor": "augmentation"},
        },
    )
    with pytest.raises(ConfigError, match=message):
        plan_study(study, root=tmp_path)


def test_another_number_of_inner_folds_has_splits_of_its_own(
    toy_settings: dict[str, Any], tmp_path: Path
) -> None:
    """The files of the splits stay in the folder of the study."""
    policy = {"factor": "augmentation", "at": {"model": "mlp"}}
    settings = {**toy_settings, "settings": {**toy_settings["settings"], "split.folds": 3}}
    for inner_folds in (2, 3):
        values = {**settings, "policy": {**policy, "inner_folds": inner_folds}}
        plan = plan_study(parse_config(StudyConfig, values), root=tmp_path)
        for fold in plan.inner:
            splits = [split_corpora(plan.data, config) for config in fold.cells[0].configs]
            tested = [u.id for split in splits for u in plan.data.part(split, "test")]
            assert len(splits) == inner_folds
            assert len(tested) == len(set(tested)) == len(splits[0].parts)


def test_too_few_speakers_are_refused_before_training(
    toy_settings: dict[str, Any], toy_study: StudyConfig, tmp_path: Path
) -> None:
    one_fold = parse_config(
        StudyConfig,
        {
            **toy_settings,
            "folds": [1],
            "comparisons": [{"factor": "model", "within": ["augmentation"]}],
            "settings": {**toy_settings["settings"], "split.folds": 4},
        },
    )
    with pytest.raises(ConfigError, match=r"3 speakers"):
        run_study(one_fold, root=tmp_path)
    assert not list(tmp_path.glob("toy/*"))


@pytest.mark.parametrize(
    ("level", "folds", "message"),
    [
        (
            {"labels.merge": {"happy": "sad"}},
            None,
            "other has the emotions sad, angry, and the first",
        ),
        ({"split_seed": 3}, [1], "other is tested on other clips than usual"),
    ],
)
def test_cells_that_cannot_be_compared_are_refused_before_training(
    toy_settings: dict[str, Any],
    tmp_path: Path,
    level: dict[str, Any],
    folds: list[int] | None,
    message: str,
) -> None:
    settings = {
        **toy_settings,
        "factors": {"setting": {"usual": {}, "other": level}},
        "comparisons": [{"factor": "setting"}],
        "folds": folds,
    }
    with pytest.raises(ConfigError, match=message):
        plan_study(parse_config(StudyConfig, settings), root=tmp_path)


def test_dry_run_counts_runs_and_estimates_time_from_finished_ones(
    toy_study: StudyConfig, finish: Finish, tmp_path: Path
) -> None:
    plan = plan_study(toy_study, root=tmp_path)
    assert estimated_seconds(plan, tmp_path) is None
    finish_all(toy_study, tmp_path, finish, CORRECT, leave=3)
    table = to_table(plan, tmp_path)
    assert [row[1:] for row in table.rows] == [("2", "2"), ("2", "2"), ("2", "1"), ("2", "0")]
    assert estimated_seconds(plan, tmp_path) == pytest.approx(3 * 2.0)


def test_confusions_come_with_acoustic_measures(
    toy_settings: dict[str, Any], finish: Finish, tmp_path: Path
) -> None:
    settings = {**toy_settings, "comparisons": [], "confusions": {"pairs": 2}}
    study = parse_config(StudyConfig, settings)
    finish_all(study, tmp_path, finish, CORRECT)
    verdict = run_study(study, root=tmp_path)
    found = json.loads((verdict.parent / "verdict.json").read_text())
    assert len(found["pairs"]) == 3
    assert len({(s["first"], s["second"]) for s in found["separations"]}) == 2
    assert (verdict.parent / "confused_pairs.png").is_file()


@pytest.mark.slow
def test_study_is_trained_and_kept_by_the_command(
    emotion: Emotion, toy_settings: dict[str, Any], finish: Finish, tmp_path: Path
) -> None:
    """Of four runs one is trained."""
    small = {
        **toy_settings,
        "settings": {**toy_settings["settings"], **toy_settings["factors"]["model"]["cnn"]},
        "factors": {"augmentation": toy_settings["factors"]["augmentation"]},
        "comparisons": [{"factor": "augmentation"}],
    }
    file = tmp_path / "study.yml"
    file.write_text(yaml.safe_dump(small), "utf-8")
    dry = emotion("study", file, "--dry-run", "--runs", tmp_path / "runs")
    assert dry.returncode == 0, dry.stdout
    assert "4 runs to train" in dry.stdout
    study = parse_config(StudyConfig, small)
    finish_all(study, tmp_path / "runs", finish, {"none": 0.4, "default": 1.0}, leave=1)
    ended = emotion("study", file, "--runs", tmp_path / "runs")
    assert ended.returncode == 0, ended.stdout
    verdict = tmp_path / "runs" / "toy" / "toy_study-study" / "verdict.md"
    assert "72 test clips of 12 speakers" in verdict.read_text()
    again = emotion("study", file, "--runs", tmp_path / "runs")
    assert again.returncode == 0 and "finished before" in again.stdout
