"""A run that was killed and continued ends in bit for bit the weights of one that was not.

The kills are real (SIGKILL), at chosen moments: a process kills itself before a chosen operation on
a file. What a kill at any other file leaves is a copy of the folder at that moment. Exporting and
evaluation take longer than training here and train nothing, so most tests end where the model
folder would be made, and compare the checkpoint it is made from.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from emotion_classifier.runs.history import read_history

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]
Train = Callable[..., Path]

FAILED = 2
NOT_ALLOWED = 77
INTERRUPTED = 130
SLOW = pytest.mark.slow
CACHE_LOOKUPS = 36
STATISTICS_CLIPS = 24
EPOCH_CLIPS = 24 + 6


class Moment(NamedTuple):
    """The n-th time that something is about to happen to a file."""

    event: str
    path: str
    occurrence: int = 1


def loading(epoch: int, clip: int) -> Moment:
    """When a clip is loaded in an epoch: number 1 to 24 to train, 25 to 30 to validate."""
    before = CACHE_LOOKUPS + STATISTICS_CLIPS + (epoch - 1) * EPOCH_CLIPS
    return Moment("open", r"waveforms/.*\.npy$", before + clip)


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
MIDDLE, RICHEST = "in the middle of an epoch", "balanced and mixed"
SETTINGS = {
    "cosine": (),
    "plateau": (
        "training.schedule.kind=plateau",
        "training.schedule.patience=0",
        "training.monitor=loss",
        "training.class_weights=inverse_frequency",
    ),
    "balanced and mixed": (
        "training.sampling={kind: weighted, balance: [emotion, speaker]}",
        "training.loss.kind=focal",
        "training.mixing.kind=cutmix",
        "training.adversary.hidden=8",
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
    one, other = (
        [replace(row, seconds=0.0) for row in read_history(run / "history.csv")]
        for run in (found, expected)
    )
    assert one == other


def assert_same_results(found: Path, expected: Path) -> None:
    """Model folders, predictions and scores of two finished runs agree in every byte."""
    names = ("weights.safetensors", "model.onnx", "model.yaml")
    for name in (*(f"model/{name}" for name in names), "predictions.csv", "split.csv"):
        assert (found / name).read_bytes() == (expected / name).read_bytes(), name
    reports = [json.loads((run / "report.json").read_bytes()) for run in (found, expected)]
    for report in reports:
        del report["origin"]  # date and command
        del report["provenance"]["efficiency"]["seconds_per_second"]
        del report["provenance"]["files"]["config.yml"]  # with the number of workers
        for epoch in report["history"]:
            del epoch["seconds"]
    assert reports[0] == reports[1]
    assert (found / "report.html").is_file()
    copies = [{p.name for p in (run / "misclassified").iterdir()} for run in (found, expected)]
    assert copies[0] == copies[1]


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


@pytest.mark.parametrize(
    ("moment", "settings"),
    [
        *(
            pytest.param(
                MOMENTS[MIDDLE], SETTINGS[name], id=name, marks=SLOW if name != RICHEST else ()
            )
            for name in SETTINGS
        ),
        *(
            pytest.param(moment, SETTINGS[RICHEST], id=name, marks=SLOW)
            for name, moment in MOMENTS.items()
            if name != MIDDLE
        ),
    ],
)
def test_a_killed_and_resumed_run_equals_an_uninterrupted_run(
    moment: Moment,
    settings: tuple[str, ...],
    train: Train,
    uninterrupted: Train,
    emotion: Emotion,
) -> None:
    run = train(moment, *settings)
    emotion("train", "--resume", run, **stop(MODEL))
    assert_same_training(run, uninterrupted(*settings))


@pytest.mark.slow
def test_killed_in_every_epoch(train: Train, uninterrupted: Train, emotion: Emotion) -> None:
    run = train(loading(1, 30))
    for _ in range(3):
        # the statistics, the epoch that was cut off, and 8 clips of the next one
        ended = emotion("train", "--resume", run, **stop(loading(2, 8)))
        assert ended.returncode == -signal.SIGKILL
    emotion("train", "--resume", run, **stop(MODEL))
    assert_same_training(run, uninterrupted())


@pytest.mark.parametrize("workers", [pytest.param(1, marks=SLOW), 2])
def test_workers_change_nothing(
    workers: int, train: Train, uninterrupted: Train, emotion: Emotion
) -> None:
    run = train(Moment("os.rename", r"last\.ckpt$", 2), f"training.workers={workers}")
    emotion("train", "--resume", run, **stop(MODEL))
    assert_same_training(run, uninterrupted())


def test_expired_early_stopping_stays_expired_after_resuming(
    train: Train, uninterrupted: Train, emotion: Emotion
) -> None:
    settings = ("training.epochs=30", "training.early_stopping.patience=2")
    expected = uninterrupted(*settings)
    assert len(read_history(expected / "history.csv")) < 30
    run = train(Moment("open", r"/finished$"), *settings)
    emotion("train", "--resume", run, **stop(MODEL))
    assert_same_training(run, expected)


def test_a_moved_run_resumes(
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
        pytest.param(Moment("os.rename", r"model\.yaml$"), id="before model.yaml", marks=SLOW),
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
    assert_same_results(run, finished_run)


@pytest.mark.slow
@pytest.mark.parametrize("is_trained", [False, True])
def test_killed_at_every_file_that_it_writes(
    is_trained: bool, emotion: Emotion, finished_run: Path, tiny_config: Path, tmp_path: Path
) -> None:
    """One run, copied before each file that it writes; every copy is continued."""
    runs = tmp_path / "runs"
    # The tables of the report and the misclassified clips are files of one kind.
    copies = {"of": str(runs), "to": str(tmp_path), "without": "report_tables/|/00[2-9]_"}
    ended = emotion("train", tiny_config, "--runs", runs, copies=copies)
    assert ended.returncode == 0, ended.stdout
    continued = 0
    for copy in sorted(tmp_path.glob("[0-9]*")):
        run = copy / "toy" / "tiny"
        if (run / "checkpoints" / "finished").exists() is not is_trained:
            continue
        resumed = emotion("train", "--resume", run, **({} if is_trained else stop(MODEL)))
        if not (run / "config.yml").exists():
            assert resumed.returncode == FAILED and "is not the folder of a run" in resumed.stdout
            continue
        continued += 1
        assert_same_training(run, finished_run)
        if is_trained:
            assert_same_results(run, finished_run)
    assert continued >= (10 if is_trained else 20)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(loading(2, 12), id="training"),
        pytest.param(loading(2, 27), id="validation", marks=SLOW),
        pytest.param(
            Moment("open", r"waveforms/.*\.npy$", CACHE_LOOKUPS + 5), id="statistics", marks=SLOW
        ),
        pytest.param(Moment("open", r"model\.onnx$"), id="export", marks=SLOW),
        pytest.param(Moment("os.rename", r"report\.json$"), id="report", marks=SLOW),
    ],
)
@pytest.mark.parametrize("workers", [0, 2])
def test_ctrl_c_ends_in_a_run_that_can_be_resumed(
    moment: Moment,
    workers: int,
    emotion: Emotion,
    tiny_config: Path,
    finished_run: Path,
    tmp_path: Path,
) -> None:
    arguments = ("train", tiny_config, f"training.workers={workers}", "--runs", tmp_path)
    ended = emotion(*arguments, **stop(moment, signal.SIGINT))
    assert ended.returncode == INTERRUPTED
    assert "Traceback" not in ended.stdout
    run = tmp_path / "toy" / "tiny"
    emotion("train", "--resume", run, **stop(MODEL))
    assert_same_training(run, finished_run)


def test_a_finished_run_is_not_trained_again(emotion: Emotion, finished_run: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished_run.rglob("*")}
    ended = emotion("train", "--resume", finished_run)
    assert ended.returncode == 0
    assert "epoch" not in ended.stdout
    assert {path: path.stat().st_mtime_ns for path in finished_run.rglob("*")} == before


def test_only_a_run_can_be_resumed(emotion: Emotion, tiny_config: Path, tmp_path: Path) -> None:
    ended = emotion("train", "--resume", tmp_path / "nowhere")
    assert ended.returncode == FAILED
    assert "is not the folder of a run" in ended.stdout
    ended = emotion("train", tiny_config, "--resume", tmp_path)
    assert ended.returncode == FAILED
    assert "settings of the run" in ended.stdout


def test_a_run_whose_clips_are_gone_is_refused(
    train: Train, emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "emotions"
    for clip in sorted(tiny_config.with_name("corpus").glob("*.wav")):
        speaker, emotion_name, *rest = clip.stem.split("_")
        (folder / emotion_name).mkdir(parents=True, exist_ok=True)
        shutil.copy(clip, folder / emotion_name / f"{speaker}_{'_'.join(rest)}.wav")
    corpus = f"{{kind: folders, path: '{folder}', speaker_pattern: '/(\\d+)'}}"
    run = train(loading(2, 3), f"corpora.0={corpus}")
    (folder / "happy" / "01f_s1_01.wav").unlink()
    ended = emotion("train", "--resume", run)
    assert ended.returncode == FAILED
    assert "1 clips of" in ended.stdout and "happy/01f_s1_01" in ended.stdout


@pytest.mark.parametrize(
    "kilobytes",
    [
        pytest.param(4, id="no space for the settings"),
        pytest.param(20, id="no space for the events of the settings"),
        pytest.param(24, id="no space for the history"),
        pytest.param(36, id="no space for the events"),
        pytest.param(100, id="no space for a checkpoint"),
        pytest.param(300, id="no space for the model", marks=SLOW),
        pytest.param(420, id="no space for the misclassified clips", marks=SLOW),
    ],
)
def test_a_full_disk_is_reported_in_one_message(
    kilobytes: int, emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    disk = {"path": str(tmp_path / "runs"), "kilobytes": kilobytes}
    ended = emotion("train", tiny_config, "--runs", tmp_path / "runs", disk=disk)
    if ended.returncode == NOT_ALLOWED:
        pytest.skip("this machine lets no test mount a small disk")
    assert ended.returncode == FAILED, ended.stdout
    assert "Traceback" not in ended.stdout and "Exception" not in ended.stdout
    (message,) = (line for line in ended.stdout.splitlines() if line.startswith("error:"))
    assert re.search(r"cannot write .*: No space left on device.* Free some space", message)


@pytest.mark.slow
def test_the_command_itself_killed_from_outside(
    environment: dict[str, str], tiny_config: Path, tmp_path: Path, finished_run: Path
) -> None:
    command = [sys.executable, "-c", "from emotion_classifier.cli import main; main()", "train"]
    arguments = [str(tiny_config), "training.workers=1", "--runs", str(tmp_path)]
    run = tmp_path / "toy" / "tiny"
    with subprocess.Popen(
        [*command, *arguments], env=environment, stdout=subprocess.DEVNULL
    ) as process:
        while not (run / "history.csv").exists() and process.poll() is None:
            time.sleep(0.005)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    subprocess.run(
        [*command, "--resume", str(run)], env=environment, stdout=subprocess.DEVNULL, check=True
    )
    assert_same_results(run, finished_run)
