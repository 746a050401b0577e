"""A run that was killed and continued ends in bit for bit the weights of one that was not.

The kills are real (SIGKILL), at chosen moments: a process knows what it is about to do to which
file, and dies right then. Exporting and judging take longer than training here and train nothing,
so most tests end where the model folder would be made, and compare the checkpoint it is made from.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from emotion_classifier.training.history import read_history

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]
Train = Callable[..., Path]

INTERRUPTED = 130
STATISTICS_CLIPS = 24
EPOCH_CLIPS = 24 + 6


class Moment(NamedTuple):
    """The n-th time that something is about to happen to a file."""

    event: str
    path: str
    occurrence: int = 1


def loading(epoch: int, clip: int) -> Moment:
    """When a clip is loaded in an epoch: number 1 to 24 to train, 25 to 30 to validate."""
    return Moment("open", r"\.f32$", STATISTICS_CLIPS + (epoch - 1) * EPOCH_CLIPS + clip)


MODEL = Moment("os.mkdir", r"/model$")
MOMENTS = {
    "before the first step": loading(1, 1),
    "in the first epoch": loading(1, 12),
    "in the middle of an epoch": loading(3, 20),
    "in a validation": loading(2, 27),
    "before the first checkpoint": Moment("os.rename", r"best\.ckpt$"),
    "between best and last checkpoint": Moment("os.rename", r"last\.ckpt$"),
    "between history and checkpoint": Moment("os.rename", r"last\.ckpt$", 3),
    "after the last epoch": Moment("open", r"/finished$"),
}
SETTINGS = {
    "cosine": (),
    "plateau": (
        "training.schedule.kind=plateau",
        "training.schedule.patience=0",
        "training.monitor=loss",
        "training.class_weights=inverse_frequency",
    ),
}


def stop(moment: Moment, signal_number: int = signal.SIGKILL) -> dict[str, Any]:
    """The part of an order that ends a command."""
    return {"stop": {**moment._asdict(), "signal": signal_number}}


def assert_same_training(found: Path, expected: Path) -> None:
    """Weights, optimiser, schedule and scores of two runs agree in every bit."""
    for name in ("best.ckpt", "last.ckpt"):
        one, other = (
            torch.load(run / "checkpoints" / name, weights_only=True) for run in (found, expected)
        )
        for part in ("state_dict", "optimizer_states", "schedule", "epoch", "global_step"):
            assert_same(one[part], other[part], f"{name} {part}")
    assert [row[:-1] for row in read_history(found / "history.csv")] == [
        row[:-1] for row in read_history(expected / "history.csv")
    ]


def assert_same(found: Any, expected: Any, where: str) -> None:
    """Two trees of dictionaries, lists, tensors and values are equal."""
    assert type(found) is type(expected), where
    if isinstance(found, torch.Tensor):
        assert torch.equal(found, expected), where
    elif isinstance(found, dict):
        assert found.keys() == expected.keys(), where
        for key in found:
            assert_same(found[key], expected[key], f"{where}.{key}")
    elif isinstance(found, list | tuple):
        assert len(found) == len(expected), where
        for place, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_same(one, other, f"{where}.{place}")
    else:
        assert found == expected, where


@pytest.fixture
def train(emotion: Emotion, tiny_config: Path, tmp_path: Path) -> Train:
    """Starts a run that is killed at a moment; gives its folder."""

    def start(moment: Moment, *settings: str) -> Path:
        runs = tmp_path / f"runs-{len(list(tmp_path.iterdir()))}"
        ended = emotion("train", tiny_config, *settings, "--runs", runs, **stop(moment))
        assert ended.returncode == -signal.SIGKILL, ended.stdout
        return runs / "toy" / "tiny"

    return start


@pytest.fixture(scope="session")
def uninterrupted(
    emotion: Emotion, tiny_config: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """A run with these settings, up to where the model folder would be made; made once."""
    made: dict[tuple[str, ...], Path] = {}

    def run(*settings: str) -> Path:
        if settings not in made:
            runs = tmp_path_factory.mktemp("uninterrupted")
            ended = emotion("train", tiny_config, *settings, "--runs", runs, **stop(MODEL))
            assert ended.returncode == -signal.SIGKILL, ended.stdout
            made[settings] = runs / "toy" / "tiny"
        return made[settings]

    return run


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_killed_and_resumed_is_as_if_never_killed(
    moment: Moment,
    settings: tuple[str, ...],
    train: Train,
    uninterrupted: Train,
    emotion: Emotion,
) -> None:
    run = train(moment, *settings)
    emotion("train", "--resume", run, **stop(MODEL))
    assert_same_training(run, uninterrupted(*settings))


def test_killed_in_every_epoch(train: Train, uninterrupted: Train, emotion: Emotion) -> None:
    run = train(loading(1, 30))
    for _ in range(3):
        # the statistics, the epoch that was cut off, and 8 clips of the next one
        ended = emotion("train", "--resume", run, **stop(loading(2, 8)))
        assert ended.returncode == -signal.SIGKILL
    emotion("train", "--resume", run, **stop(MODEL))
    assert_same_training(run, uninterrupted())


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_change_nothing(
    workers: int, train: Train, uninterrupted: Train, emotion: Emotion
) -> None:
    run = train(Moment("os.rename", r"last\.ckpt$", 2), f"training.workers={workers}")
    emotion("train", "--resume", run, **stop(MODEL))
    assert_same_training(run, uninterrupted())


def test_early_stopping_that_had_run_out_stays_so(
    train: Train, uninterrupted: Train, emotion: Emotion
) -> None:
    settings = ("training.epochs=30", "training.early_stopping.patience=2")
    expected = uninterrupted(*settings)
    assert len(read_history(expected / "history.csv")) < 30
    run = train(Moment("open", r"/finished$"), *settings)
    emotion("train", "--resume", run, **stop(MODEL))
    assert_same_training(run, expected)


def test_a_run_that_was_moved_goes_on(
    train: Train, uninterrupted: Train, emotion: Emotion, tmp_path: Path
) -> None:
    settings = ("training.learning_rate=1.0", "training.epochs=6")  # its best epoch is an early one
    expected = uninterrupted(*settings)
    history = read_history(expected / "history.csv")
    best = max(history, key=lambda row: row.validation_uar).epoch
    assert best < 6
    run = train(loading(best + 2, 3), *settings)
    moved = tmp_path / "elsewhere"
    shutil.move(run, moved)
    emotion("train", "--resume", moved, **stop(MODEL))
    assert_same_training(moved, expected)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(Moment("open", r"model\.onnx$"), id="before the graph", marks=pytest.mark.slow),
        pytest.param(Moment("os.rename", r"model\.yaml$"), id="before model.yaml"),
        pytest.param(Moment("open", r"predictions\.csv$"), id="after training", marks=SLOW),
        pytest.param(Moment("os.rename", r"report\.json$"), id="before report.json", marks=SLOW),
    ],
)
def test_killed_behind_the_training(
    moment: Moment, train: Train, emotion: Emotion, finished_run: Path
) -> None:
    run = train(moment)
    assert not (run / "report.json").exists()
    ended = emotion("train", "--resume", run)
    assert ended.returncode == 0, ended.stdout
    assert_same_files(run, finished_run)
