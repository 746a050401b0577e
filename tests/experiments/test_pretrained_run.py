"""Whole runs on an encoder, and on the weights of an earlier run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import ENCODER, GRAPH, WEIGHTS, read_specification
from emotion_classifier.testing.encoders import tiny_checkpoint

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.slow


def test_a_run_starts_from_a_pretrained_one_with_other_emotions(
    emotion: Emotion, finished_run: Path, tiny_config: Path, tmp_path: Path
) -> None:
    ended = emotion(
        "train",
        tiny_config,
        f"pretrained_weights.path={finished_run}",
        "labels.emotions=[angry, sad]",
        "training.epochs=1",
        "--runs",
        tmp_path,
        exports=True,
    )
    assert ended.returncode == 0, ended.stdout
    assert "pretrained weights: loaded" in ended.stdout
    assert "the emotions differ, so the head starts fresh" in ended.stdout
    run = tmp_path / "toy" / "tiny"
    assert (run / "transfer.csv").is_file()
    origin = read_specification(run / "model").origin
    assert origin is not None and origin.loaded > 0
    assert origin.name == read_specification(finished_run / "model").name
    report = json.loads((run / "report.json").read_text("utf-8"))
    assert report["facts"]["started from"].startswith(f"{origin.name}: {origin.loaded} weights")
    # The same split: no test speaker was in the pretraining.
    assert all("is not better than the baseline" in warning for warning in report["warnings"])


def test_another_split_would_test_on_speakers_of_the_training(
    emotion: Emotion, finished_run: Path, tiny_config: Path, tmp_path: Path
) -> None:
    arguments = ("train", tiny_config, f"pretrained_weights.path={finished_run}", "seed=5")
    refused = emotion(*arguments, "--runs", tmp_path)
    assert refused.returncode == 2
    assert "was trained on" in refused.stdout and "allow_leak" in refused.stdout
    assert not any(tmp_path.iterdir())


def test_a_model_with_an_encoder_is_made_slim_completed_and_made_small(
    emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    checkpoint = tiny_checkpoint(tmp_path / "checkpoint", "hubert", layers=1)
    ended = emotion(
        "train",
        tiny_config,
        f"model={{frontend: {{kind: encoder, name: {checkpoint}}}}}",
        "training.epochs=1",
        "--runs",
        tmp_path,
        exports=True,
    )
    assert ended.returncode == 0, ended.stdout
    run = tmp_path / "toy" / "tiny"
    report = json.loads((run / "report.json").read_text("utf-8"))
    assert any(f"data of the encoder {checkpoint} is not known" in w for w in report["warnings"])
    assert len(set(report["warnings"])) == len(report["warnings"])
    assert str(checkpoint) in report["facts"]["encoder"]
    assert set(read_specification(run / "model").files) == {WEIGHTS, GRAPH, ENCODER}

    slim, again, small = tmp_path / "slim", tmp_path / "again", tmp_path / "small"
    for arguments in (
        (run, "--without-encoder", "--output", slim),
        (slim, "--output", again),
        (run, "--int8", "--output", small),
    ):
        ended = emotion("export", *arguments)
        assert ended.returncode == 0, ended.stdout
    assert (again / WEIGHTS).read_bytes() == (run / "model" / WEIGHTS).read_bytes()
    assert (small / GRAPH).stat().st_size < 0.9 * (again / GRAPH).stat().st_size
    assert Predictor.load(again).labels == Predictor.load(run).labels

    refused = emotion("predict", checkpoint / "a.wav", "--model", slim)
    assert refused.returncode == 2
    assert f"emotion export {slim} --output FOLDER" in " ".join(refused.stdout.split())

    other = tiny_checkpoint(tmp_path / "other", "hubert", layers=1, seed=1)
    refused = emotion(
        "train",
        tiny_config,
        f"model={{frontend: {{kind: encoder, name: {other}}}}}",
        f"pretrained_weights.path={slim}",
        "--runs",
        tmp_path / "more",
    )
    assert refused.returncode == 2
    assert "is not that of this run" in " ".join(refused.stdout.split())
    assert not (tmp_path / "more").exists()
