from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import GRAPH, SPECIFICATION, read_specification
from emotion_classifier.runs.history import read_history

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]

TWO_FOLDS = "split={kind: k_fold, folds: 2, fold: 1}"
QUICK = (TWO_FOLDS, "training.epochs=1", "training.keep=last", "training.tensorboard=null")


@pytest.mark.slow
def test_a_bundle_is_evaluated_by_folds_and_trained_on_all(
    emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    output = tmp_path / "given"
    # Folds of a corpus' own go along with those of the others: else a clip would be tested twice.
    own = "corpus_splits={toy: {kind: k_fold, folds: 2, fold: 1}}"
    arguments = (
        "bundle",
        tiny_config,
        *QUICK,
        own,
        "--runs",
        tmp_path / "runs",
        "--output",
        output,
    )
    ended = emotion(*arguments)
    assert ended.returncode == 0, ended.stdout
    assert sorted(file.name for file in output.iterdir()) == [GRAPH, SPECIFICATION]

    model = read_specification(output)
    assert model.validation_uar is None
    (data,) = model.training_data
    assert (data.speakers, data.clips) == (6, 36)
    (score,) = model.card.scores
    assert (score.clips, score.speakers) == (36, 6)  # every speaker unseen once
    assert "Cross-validation with 2 folds" in model.card.procedure
    assert model.card.coverage is not None and model.uncertain_below > 0
    assert "telephone" in [row.condition for row in model.card.robustness]
    assert model.card.lowest_rate_hz in (8000, 16_000)
    assert Predictor.load(output, threads=1).labels.names == model.emotions

    (row,) = read_history(tmp_path / "runs" / "toy" / "tiny-all" / "history.csv")
    assert row.train_loss > 0
    assert row.validation_uar != row.validation_uar  # NaN: no speaker was left to validate on

    again = emotion(*arguments)
    assert again.returncode == 0 and "epoch 1/1" not in again.stdout
    assert read_specification(output) == model


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ((TWO_FOLDS,), "training.keep: last"),
        ((*QUICK, "training.early_stopping={}"), "training.early_stopping: null"),
        ((*QUICK, "training.schedule.kind=plateau"), "kind: cosine"),
        ((*QUICK, "model.standardisation.kind=per_speaker"), "choose per_bin"),
        (QUICK[1:], "has no folds"),
    ],
)
def test_settings_that_need_a_validation_part_are_refused_before_training(
    emotion: Emotion,
    tiny_config: Path,
    tmp_path: Path,
    overrides: tuple[str, ...],
    message: str,
) -> None:
    runs = tmp_path / "runs"
    ended = emotion("bundle", tiny_config, *overrides, "--runs", runs, "--output", tmp_path / "m")
    assert ended.returncode == 2
    assert message in ended.stdout and "Traceback" not in ended.stdout
    assert not runs.exists()
