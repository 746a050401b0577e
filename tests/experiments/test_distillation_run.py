"""A whole run that learns from the predictions of an earlier one, killed and continued."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.numpy

from emotion_classifier.model_folder.folder import GRAPH, read_specification

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.slow


def test_a_killed_distillation_continues_with_the_predictions_of_its_teacher(
    emotion: Emotion, finished_run: Path, tiny_config: Path, tmp_path: Path
) -> None:
    arguments = (
        "distil",
        finished_run,
        "--student",
        tiny_config,
        "distillation.weight=0.75",
        "training.epochs=2",
        "augmentation={views: 2, chain: [{kind: gain}]}",
        "--runs",
    )
    kill = {
        "event": "os.rename",
        "path": r"checkpoints/teacher/.*npy$",
        "occurrence": 2,
        "signal": signal.SIGKILL,
    }
    assert emotion(*arguments, tmp_path / "killed", stop=kill).returncode == -signal.SIGKILL
    run = tmp_path / "killed" / "toy" / "tiny"
    assert len(list(run.glob("checkpoints/teacher/*/*/*.npy"))) == 1
    ended = emotion("train", "--resume", run, exports=True)
    assert ended.returncode == 0, ended.stdout
    assert not (run / "checkpoints" / "teacher").exists()

    teacher = read_specification(finished_run / "model")
    facts = read_specification(run / "model").distillation
    assert facts is not None and (facts.weight, facts.temperature) == (0.75, 1.0)
    assert [(one.name, one.sha256) for one in facts.teachers] == [
        (teacher.name, teacher.files[GRAPH])
    ]
    report = json.loads((run / "report.json").read_text("utf-8"))
    assert report["facts"]["distilled from"].startswith(teacher.name)
    assert not any("Distilled from" in warning for warning in report["warnings"])
    assert str(finished_run / "split.csv") in (run / "config.yml").read_text("utf-8")

    ended = emotion(*arguments, tmp_path / "whole")
    assert ended.returncode == 0, ended.stdout
    weights = [
        safetensors.numpy.load_file(one / "model" / "weights.safetensors")
        for one in (run, tmp_path / "whole" / "toy" / "tiny")
    ]
    assert weights[0].keys() == weights[1].keys()
    assert all((weights[0][name] == weights[1][name]).all() for name in weights[0])


def test_a_teacher_of_another_split_is_refused_before_there_is_a_run(
    emotion: Emotion, finished_run: Path, tiny_config: Path, tmp_path: Path
) -> None:
    teachers = f"distillation={{teachers: ['{finished_run}']}}"
    refused = emotion("train", tiny_config, teachers, "seed=5", "--runs", tmp_path)
    assert refused.returncode == 2
    assert "allow_leak" in refused.stdout and "Traceback" not in refused.stdout
    without = emotion("distil", "seed=5", "--student", tiny_config, "--runs", tmp_path)
    assert without.returncode == 2 and "name a teacher" in without.stdout
    assert not any(tmp_path.iterdir())
