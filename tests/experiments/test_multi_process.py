"""The command in several processes: those that it starts itself, and those of torchrun."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from emotion_classifier.runs.history import read_history

pytestmark = pytest.mark.slow

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]
TORCHRUN = (
    *(sys.executable, "-m", "torch.distributed.run"),
    *("--standalone", "--nproc_per_node=2", "--no-python"),
    str(Path(sys.executable).with_name("emotion")),
)
# Everything random, as in `tiny_config`, and with everything that processes exchange.
SETTINGS = (
    "training.devices=2",
    "training.epochs=2",
    "training.sampling={kind: weighted, balance: [emotion, speaker]}",
    "training.adversary.hidden=8",
)


def lines(output: str, start: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith(start)]


def assert_one_complete_run(runs: Path, output: str) -> Path:
    """One folder, one line for each epoch, one report."""
    assert [path.name for path in (runs / "toy").iterdir()] == ["tiny"]
    run = runs / "toy" / "tiny"
    assert [row.epoch for row in read_history(run / "history.csv")] == [1, 2]
    for start, count in (("run: ", 1), ("epoch ", 2), ("report: ", 1), ("model: ", 1)):
        assert len(lines(output, start)) == count, output
    report = json.loads((run / "report.json").read_bytes())
    assert [epoch["epoch"] for epoch in report["history"]] == [1, 2]
    assert len((run / "confusion.csv").read_text("utf-8").splitlines()) == 1 + 2 * 3
    return run


def test_torchrun_trains_as_the_command_does_alone(
    emotion: Emotion, environment: dict[str, str], tiny_config: Path, tmp_path: Path
) -> None:
    ended = emotion("train", tiny_config, *SETTINGS, "--runs", tmp_path / "own")
    assert ended.returncode == 0, ended.stdout
    own = assert_one_complete_run(tmp_path / "own", ended.stdout)
    launched = subprocess.run(
        [*TORCHRUN, "train", tiny_config, *SETTINGS, "--runs", tmp_path / "torchrun"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert launched.returncode == 0, launched.stderr
    assert "warning" not in launched.stderr.lower()
    other = assert_one_complete_run(tmp_path / "torchrun", launched.stdout)
    found, expected = (
        torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
        for run in (own, other)
    )
    assert all(torch.equal(value, expected[name]) for name, value in found.items())
    for name in ("split.csv", "predictions.csv"):
        assert (own / name).read_bytes() == (other / name).read_bytes(), name


def test_a_batch_size_that_does_not_divide_is_refused_before_a_run(
    emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    ended = emotion("train", tiny_config, "training.devices=3", "--runs", tmp_path / "runs")
    assert ended.returncode == 2
    assert lines(
        ended.stdout, "error: training.batch_size: 8 clips cannot be divided equally among 3"
    )
    assert not (tmp_path / "runs").exists()
