"""Runs on a pretrained encoder, as a user starts them: each family, each tuning, each mistake."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import torch

from emotion_classifier.runs.history import read_history
from emotion_classifier.testing.encoders import TINY_CHECKPOINTS, tiny_checkpoint

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., "subprocess.CompletedProcess[str]"]

TUNINGS = {
    "frozen": "{kind: frozen}",
    "last_layers": "{kind: last_layers, unfreeze_last_n_layers: 1}",
    "gradual": "{kind: gradual}",
    "lora": "{kind: lora, rank: 2}",
    "all": "{kind: all}",
}
# Writing the graph and the report takes longer than training, and is tested elsewhere.
AT_THE_END = {"event": "os.mkdir", "path": r"/model$", "occurrence": 1, "signal": signal.SIGKILL}
AFTER_AN_EPOCH = {**AT_THE_END, "event": "os.rename", "path": r"last\.ckpt$", "occurrence": 2}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("checkpoints") / "hubert", "hubert", layers=2)


@pytest.fixture
def train(emotion: Emotion, tiny_config: Path, tmp_path: Path) -> Start:
    """`emotion train` on an encoder for two epochs, killed where the model folder would be made."""

    def start(
        encoder: Path, *settings: str, runs: Path = tmp_path, stop: dict[str, Any] = AT_THE_END
    ) -> subprocess.CompletedProcess[str]:
        return emotion(
            "train",
            tiny_config,
            f"model={{frontend: {{kind: encoder, name: {encoder}}}}}",
            "training.epochs=2",
            *settings,
            "--runs",
            runs,
            stop=stop,
        )

    return start


def weights(run: Path) -> dict[str, torch.Tensor]:
    """Contents of the last checkpoint of a run."""
    loaded = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    state: dict[str, torch.Tensor] = loaded["state_dict"]
    return state


def assert_trained(run: Path, tuning: str) -> None:
    """Two epochs; of the encoder the checkpoint holds what is trained, and nothing else."""
    assert [row.epoch for row in read_history(run / "history.csv")] == [1, 2]
    encoder = {name for name in weights(run) if ".frontend.model." in name}
    assert bool(encoder) is (tuning != "frozen")
    if tuning == "lora":
        assert all(".lora_" in name for name in encoder)


@pytest.mark.slow
def test_views_are_computed_once_and_shared_between_runs(
    train: Start, checkpoint: Path, tmp_path: Path
) -> None:
    settings = ("augmentation.views=2", "augmentation.chain=[{kind: gain}]")
    first = train(checkpoint, *settings, runs=tmp_path / "first")
    assert first.returncode == -signal.SIGKILL, first.stdout
    # 24 clips in two views, and 6 to validate.
    assert "hidden states of 54 clips (0 are there)" in first.stdout
    second = train(checkpoint, *settings, "training.learning_rate=0.1", runs=tmp_path / "second")
    assert "hidden states of all 54 clips" in second.stdout
    assert_trained(tmp_path / "second" / "toy" / "tiny", "frozen")


def test_random_augmentation_cannot_be_precomputed(train: Start, checkpoint: Path) -> None:
    ended = train(checkpoint, "augmentation.chain=[{kind: gain}]")
    assert "the frozen encoder runs in every step, as augmentation is drawn anew" in ended.stdout


@pytest.mark.slow
def test_a_killed_run_resumes_to_the_same_weights(
    emotion: Emotion, train: Start, checkpoint: Path, tmp_path: Path
) -> None:
    tuning = f"model.frontend.tuning={TUNINGS['last_layers']}"
    whole = train(checkpoint, tuning, runs=tmp_path / "whole")
    assert "weights are trained" in whole.stdout
    killed = train(checkpoint, tuning, runs=tmp_path / "killed", stop=AFTER_AN_EPOCH)
    assert killed.returncode == -signal.SIGKILL, killed.stdout
    runs = [tmp_path / name / "toy" / "tiny" for name in ("whole", "killed")]
    emotion("train", "--resume", runs[1], stop=AT_THE_END)
    expected, found = map(weights, runs)
    assert expected.keys() == found.keys()
    assert all(torch.equal(value, found[name]) for name, value in expected.items())
    assert_trained(runs[1], "last_layers")


MISTAKES = {
    "no folder": (
        "model.frontend.name=./not/there",
        "error: model.frontend.name: there is no folder ./not/there: give the folder of a",
    ),
    "too many layers": (
        "model.frontend.tuning={kind: last_layers, unfreeze_last_n_layers: 3}",
        "error: model.frontend.tuning.unfreeze_last_n_layers: 3 is more than the 2 transformer",
    ),
    "no such layer": (
        "model.frontend.layers=[1, 3]",
        "error: model.frontend.layers: there is no layer 3: this encoder has the layers 0",
    ),
    "layers that descend": (
        "model.frontend.layers=[2, 1]",
        "model.frontend.layers: got [2, 1]: must ascend, each once: write [1, 2]",
    ),
    "no such target": (
        "model.frontend.tuning={kind: lora, target_modules: [query]}",
        "error: model.frontend.tuning.target_modules: 'query' is no linear layer of this encoder",
    ),
    "another rate": (
        "input.sample_rate=8000",
        "was trained at 16000 Hz: set input.sample_rate: 16000",
    ),
    "standardised": (
        "model.standardisation.kind=per_bin",
        "standardisation: {kind: per_bin} cannot follow an encoder",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_message_before_a_run_is_created(
    mistake: str, train: Start, checkpoint: Path, tmp_path: Path
) -> None:
    setting, message = MISTAKES[mistake]
    ended = train(checkpoint, setting, runs=tmp_path / "runs")
    assert ended.returncode == 2
    assert message in " ".join(ended.stdout.split())
    assert "Traceback" not in ended.stdout
    assert not (tmp_path / "runs").exists()


def without_settings(folder: Path) -> None:
    (folder / "config.json").unlink()


def of_another_kind(folder: Path) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "model_type": "bert"}))


def with_pickled_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without_settings, "holds no config.json"),
        (of_another_kind, "names a 'bert', which is no supported speech encoder"),
        (with_pickled_weights, "holds pickled weights only, and opening those runs code"),
    ],
)
def test_a_checkpoint_that_cannot_be_used_is_an_error(
    damage: Callable[[Path], None], message: str, train: Start, tmp_path: Path
) -> None:
    folder = tiny_checkpoint(tmp_path / "checkpoint", "hubert", layers=1)
    damage(folder)
    ended = train(folder, runs=tmp_path / "runs")
    assert ended.returncode == 2
    assert message in " ".join(ended.stdout.split())
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "tuning"), list(zip(TINY_CHECKPOINTS, cycle(TUNINGS), strict=False))
)
def test_every_family_and_every_way_is_trained_from_the_command_line(
    family: str, tuning: str, train: Start, tmp_path: Path
) -> None:
    folder = tiny_checkpoint(tmp_path / "checkpoint", family, layers=2)
    ended = train(folder, f"model.frontend.tuning={TUNINGS[tuning]}")
    assert ended.returncode == -signal.SIGKILL, ended.stdout
    assert_trained(tmp_path / "toy" / "tiny", tuning)
