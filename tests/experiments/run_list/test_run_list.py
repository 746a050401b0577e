from __future__ import annotations

import csv
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from emotion_classifier.experiments.run_list.summary import FIGURE

pytestmark = pytest.mark.slow

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]


def write_list(path: Path, base: Path, **settings: object) -> Path:
    path.write_text(yaml.safe_dump({"base": str(base), "experiment": "toy", **settings}), "utf-8")
    return path


def test_a_killed_list_continues_names_the_failed_run_and_summarises(
    emotion: Emotion, tiny_config: Path, finished_run: Path, tmp_path: Path
) -> None:
    absent = [{"kind": "ravdess", "path": str(tmp_path / "absent")}]
    list_file = write_list(
        tmp_path / "models.yml",
        tiny_config,
        settings={"training.epochs": 2},
        runs={"cnn": {}, "failing": {"corpora": absent}, "mlp": {"model.network": {"kind": "mlp"}}},
        finished={"earlier": str(finished_run)},
    )
    runs = tmp_path / "runs"
    arguments = ("run", list_file, "--runs", runs)
    kill = {
        "event": "os.rename",
        "path": r"mlp/checkpoints/last\.ckpt$",
        "occurrence": 1,
        "signal": signal.SIGKILL,
    }
    assert emotion(*arguments, stop=kill, exports=True).returncode == -signal.SIGKILL
    report = runs / "toy" / "cnn" / "report.json"
    reported = report.stat().st_mtime_ns

    ended = emotion(*arguments, "--processes", 2)
    assert ended.returncode == 2
    assert "1 of 3 runs failed (failing)" in ended.stdout
    assert "cnn: finished before" in ended.stdout and "mlp: epoch 2/2" in ended.stdout
    assert report.stat().st_mtime_ns == reported
    with (runs / "toy" / "summary.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["label"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"cnn", "mlp", "earlier", "failing"}
    assert "absent" in rows["failing"]["error"]
    assert (rows["mlp"]["epochs"], rows["earlier"]["epochs"]) == ("2", "4")
    assert rows["earlier"]["folder"] == str(finished_run)
    ranked = [float(row["validation_uar"]) for label, row in rows.items() if label != "failing"]
    assert ranked == sorted(ranked, reverse=True)
    assert (runs / "toy" / FIGURE).is_file() and (runs / "toy" / "summary.md").is_file()


def test_a_list_with_mistakes_is_refused_before_a_run(
    emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    list_file = write_list(tmp_path / "models.yml", tiny_config, grid={"seed": []})
    ended = emotion("run", list_file, "--runs", tmp_path / "runs")
    assert ended.returncode == 2 and "grid.seed has no value" in ended.stdout
    assert not (tmp_path / "runs").exists()
