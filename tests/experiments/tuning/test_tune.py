"""Real studies with tiny models: one process, and two of which one is killed."""

from __future__ import annotations

import csv
import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from tests.experiments.progress_log import ProgressLog
from tests.experiments.tuning.conftest import RATE, SIZE

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.audio.waveform_cache import CachedClip
from emotion_classifier.config import load_config
from emotion_classifier.corpora.splits import Split
from emotion_classifier.errors import ConfigError
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.experiments.data.load import RunData, load_corpora
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.plan import RunPlan
from emotion_classifier.experiments.train.run import finished_run
from emotion_classifier.experiments.tuning import trial as trial_module
from emotion_classifier.experiments.tuning import tune as tune_module
from emotion_classifier.experiments.tuning.results import StudyFolder
from emotion_classifier.experiments.tuning.tune import tune
from emotion_classifier.model_folder.folder import GRAPH
from emotion_classifier.progress import Report
from emotion_classifier.runs.history import EpochRow, write_history
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.checkpoints.selection import Fitted
from emotion_classifier.training.logging.callbacks import AfterEpoch

UNKNOWN = dict.fromkeys(METRICS, math.nan)

# The command, with a heartbeat that a test can wait for, and a graph that stands for that of the model.
PROGRAM = """
import os, shutil, signal, sys
from pathlib import Path
from emotion_classifier.experiments.tuning.optuna_study import storage, study
from emotion_classifier.experiments.tuning.trial import Objective
from emotion_classifier.experiments.tuning.tune import tune
from emotion_classifier.models.export import onnx

storage.HEARTBEAT_SECONDS = 1
study.WAIT_SECONDS = 0.2
onnx.write_graph = lambda path, *_: shutil.copy(sys.argv[4], path)
if sys.argv[3] == "killed":
    Objective._at_kept_epoch = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
tune(Path(sys.argv[1]), root=Path(sys.argv[2]), progress=print)
"""


def read_trials(folder: StudyFolder) -> list[dict[str, str]]:
    with folder.trials.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def settings(tiny_config: Path, tmp_path: Path) -> Path:
    """A file with the settings of a study of three trials of the tiny run."""
    written: dict[str, Any] = {
        "study": "tuned",
        "base": str(tiny_config),
        "settings": {"training.epochs": 2, "split.train": 0.4, "split.validation": 0.3}
        | {"split.test": 0.3},
        "search_space": {
            RATE: {"kind": "log_uniform", "low": 0.001, "high": 0.02},
            SIZE: {"kind": "categorical", "choices": [4, 8]},
        },
        "trials": 3,
        "folds": 2,
    }
    path = tmp_path / "tune.yml"
    path.write_text(yaml.safe_dump(written), "utf-8")
    return path


def fake_training(
    run: RunFolder, plan: RunPlan, report: Report, after_epoch: AfterEpoch | None = None
) -> SimpleNamespace:
    """Two epochs whose UAR is higher for a higher learning rate; the batch size 4 fails."""
    if plan.config.training.batch_size == 4:
        raise MemoryError("out of memory")
    assert not plan.data.part(plan.split, "test")
    uar = 10 * plan.config.training.learning_rate
    rows = [
        EpochRow(epoch, 1.0, 1.0, {**UNKNOWN, "uar": uar}, UNKNOWN, 0.1, 1.0) for epoch in (1, 2)
    ]
    run.checkpoints.mkdir(parents=True)
    write_history(run.history, rows)
    if after_epoch is not None:
        after_epoch(rows)
    return SimpleNamespace(fitted=Fitted(None, 2, uar, 0))  # type: ignore[arg-type]


def test_a_failed_trial_is_left_aside_and_the_best_settings_run_on_the_split_of_the_base(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finals: list[tuple[RunConfig, Split]] = []

    def final(config: RunConfig, data: RunData, root: Path, report: Report, split: Split) -> Any:
        finals.append((config, split))
        run = RunFolder(root / config.experiment / config.label)
        run.path.mkdir()
        estimate = {"value": 0.6, "interval": {"low": 0.55, "high": 0.65}}
        overall = {"name": "model", "clips": 12, "speakers": 2, "uar": estimate}
        run.report.write_text(json.dumps({"overall": overall}), "utf-8")
        return run

    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(trial_module, "fit_plan", fake_training)
    monkeypatch.setattr(tune_module, "finished_run", final)
    folder = tune(settings, ["trials=6", "sampler=random"], root=tmp_path / "runs")
    trials = read_trials(folder)
    assert {trial["state"] for trial in trials} == {"complete", "failed"}
    failed = [trial for trial in trials if trial["state"] == "failed"]
    assert all(trial["error"] == "out of memory" and trial[SIZE] == "4" for trial in failed)
    assert "MemoryError" in (folder.trial(int(failed[0]["trial"])) / "error.txt").read_text("utf-8")
    ((config, split),) = finals
    assert config.training.learning_rate == max(
        float(trial[RATE]) for trial in trials if trial[SIZE] == "8"
    )
    assert split == Split.load(folder.split)
    assert load_config(RunConfig, folder.best) == config
    assert "60.0%" in folder.summary.read_text("utf-8")


@pytest.mark.slow
def test_no_trial_predicts_a_test_clip_and_the_best_settings_are_scored_once(
    settings: Path,
    environment: dict[str, str],
    tmp_path: Path,
    log: ProgressLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EMOTION_CACHE", environment["EMOTION_CACHE"])
    read_by_trials: set[str] = set()
    original = CachedClip.samples

    def samples(clip: CachedClip) -> Samples:
        read_by_trials.add(clip.content_hash)
        return original(clip)

    def final(*arguments: Any) -> RunFolder:
        monkeypatch.setattr(CachedClip, "samples", original)
        return finished_run(*arguments)

    monkeypatch.setattr(CachedClip, "samples", samples)
    monkeypatch.setattr(tune_module, "finished_run", final)
    folder = tune(settings, root=tmp_path / "runs", progress=log)

    best = load_config(RunConfig, folder.best)
    data = load_corpora(best, best.input.build())
    split = Split.load(folder.split)
    assert split == Split.load(folder.path / "best" / "split.csv")
    test = {data.clips[u.id].content_hash for u in data.part(split, "test")}
    others = {data.clips[u.id].content_hash for u in data.utterances} - test
    assert read_by_trials == others and len(test) == 12

    trials = read_trials(folder)
    assert [trial["state"] for trial in trials] == ["complete"] * 3
    chosen = max(trials, key=lambda trial: float(trial["validation_uar"]))
    assert best.training.learning_rate == float(chosen[RATE])
    assert best.training.batch_size == int(chosen[SIZE])
    report = json.loads((folder.path / "best" / "report.json").read_text("utf-8"))
    assert report["overall"]["clips"] == 12
    text = folder.summary.read_text("utf-8")
    assert f"{report['overall']['uar']['value']:.1%}" in text
    assert not list(folder.path.glob("trials/*/*/checkpoints"))
    assert len(list(folder.path.glob("trials/*/fold2/history.csv"))) == 3

    reported = (folder.path / "best" / "report.json").stat().st_mtime_ns
    tune(settings, root=tmp_path / "runs", progress=log)
    assert len(read_trials(folder)) == 3
    assert (folder.path / "best" / "report.json").stat().st_mtime_ns == reported
    (tmp_path / "runs" / "tuned" / "study.db").unlink()
    with pytest.raises(ConfigError, match="an earlier storage"):
        tune(settings, root=tmp_path / "runs", progress=log)


@pytest.mark.slow
def test_two_processes_share_a_study_and_the_trial_of_a_killed_one_is_repeated(
    settings: Path, environment: dict[str, str], finished_run: Path, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    graph = str(finished_run / "model" / GRAPH)

    def start(role: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(settings), str(runs), role, graph],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    processes = start("killed"), start("other")
    (_, _), (output, _) = (process.communicate(timeout=600) for process in processes)
    assert processes[0].returncode == -signal.SIGKILL
    assert processes[1].returncode == 0, output
    folder = StudyFolder(runs / "tuned")
    trials = read_trials(folder)
    assert [trial["state"] for trial in trials] == ["complete"] * 3
    numbers = [int(trial["trial"]) for trial in trials]
    assert numbers != [0, 1, 2] and max(numbers) == 3  # the killed trial has another number now
    assert folder.summary.exists()
    assert [path.name for path in folder.path.glob("best*")] in (
        ["best", "best.yml"],
        ["best.yml", "best"],
    )
