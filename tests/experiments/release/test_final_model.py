from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotion_classifier.config import parse_config
from emotion_classifier.errors import ConfigError, RunError
from emotion_classifier.experiments.release.final_model import final_config, train_final
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.run import kept_epoch
from emotion_classifier.model_folder.card import to_markdown
from emotion_classifier.model_folder.folder import GRAPH, read_specification
from emotion_classifier.runs.history import EpochRow, read_history
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.optim.schedules import CosineConfig

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]

FAILED = 2


def config(**settings: Any) -> RunConfig:
    return parse_config(
        RunConfig, {"corpora": [{"kind": "toy", "path": "corpus"}], **settings}, "test"
    )


def row(epoch: int, uar: float) -> EpochRow:
    return EpochRow(epoch, 1.0, 1.0, {"uar": uar}, {}, 0.1, 1.0)


@pytest.mark.parametrize(("keep", "epoch"), [("best", 2), ("last", 3), ("average", 2)])
def test_the_kept_epoch_is_that_of_the_kept_weights(keep: Any, epoch: int) -> None:
    history = [row(1, 0.3), row(2, 0.6), row(3, 0.5)]
    assert kept_epoch(history, TrainingConfig(keep=keep)) == epoch


@pytest.mark.parametrize(("kept", "epochs"), [([7], 7), ([3, 9, 5], 5), ([4, 7], 6), ([1, 2], 2)])
def test_of_folds_the_median_of_the_kept_epochs_is_taken(kept: list[int], epochs: int) -> None:
    training = final_config(config(), kept, "final").training
    assert training.epochs == epochs
    assert (training.keep, training.early_stopping) == ("last", None)


def test_the_learning_rates_are_those_of_the_same_epochs_of_the_run() -> None:
    before = TrainingConfig(epochs=50)
    after = final_config(config(training={"epochs": 50}), [20], "final").training
    assert isinstance(after.schedule, CosineConfig) and after.schedule.epochs == 50
    factors = [
        [one.schedule.build(one.epochs).factor(epoch) for epoch in range(20)]
        for one in (before, after)
    ]
    assert factors[0] == factors[1]


def test_all_corpora_train_but_those_that_are_only_tested() -> None:
    splits = {
        "own": {"kind": "k_fold", "folds": 2, "fold": 1},
        "other": {"kind": "all", "part": "test"},
    }
    found = final_config(config(corpus_splits=splits), [3], "x-final")
    assert found.split.model_dump()["part"] == "train"
    assert list(found.corpus_splits) == ["other"]
    assert found.label == "x-final"


def test_a_schedule_that_follows_the_validation_score_is_refused() -> None:
    plateau = config(training={"schedule": {"kind": "plateau"}})
    with pytest.raises(ConfigError, match="plateau follows the validation score"):
        final_config(plateau, [3], "x")


def test_folders_that_cannot_be_repeated_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="give a run, or LABEL-folds"):
        train_final(tmp_path)
    (tmp_path / "cross_validation.yml").touch()
    with pytest.raises(RunError, match="start `emotion cross-validate` again"):
        train_final(tmp_path)


@pytest.mark.slow
def test_a_run_and_a_cross_validation_are_repeated_on_all_speakers(
    emotion: Emotion, tiny_config: Path, finished_run: Path, tmp_path: Path
) -> None:
    folds = ("split={kind: k_fold, folds: 2, fold: 1}", "training.epochs=2", "--runs", tmp_path)
    graph = str(finished_run / "model" / GRAPH)
    ended = emotion("cross-validate", tiny_config, *folds, graph=graph)
    assert ended.returncode == 0, ended.stdout
    for path in (finished_run, tmp_path / "toy" / "tiny-folds"):
        ended = emotion("train", "--final", path, "--runs", tmp_path, exports=True)
        assert ended.returncode == 0, ended.stdout
        final = tmp_path / "toy" / f"{path.name}-final"
        model = read_specification(final / "model")
        (data,) = model.training_data
        assert (data.speakers, data.clips) == (6, 36)
        assert model.validation_uar is None
        assert "no held-out score of its own" in model.notes[0] and path.name in model.notes[0]
        assert path.name in model.card.procedure and "UAR" in to_markdown(model)
        history = read_history(final / "history.csv")
        assert f"for {len(history)} epochs" in model.card.procedure

        again = emotion("train", "--final", path, "--runs", tmp_path)
        assert again.returncode == 0 and "epoch 1/" not in again.stdout
        assert read_specification(final / "model") == model

    run = read_specification(finished_run / "model")
    repeated = read_specification(tmp_path / "toy" / "tiny-final" / "model")
    kept = json.loads((finished_run / "report.json").read_text("utf-8"))["kept_epoch"]
    assert len(read_history(tmp_path / "toy" / "tiny-final" / "history.csv")) == kept
    assert (repeated.temperature, repeated.uncertain_below) == (
        run.temperature,
        run.uncertain_below,
    )

    refused = emotion("evaluate", tmp_path / "toy" / "tiny-final")
    assert refused.returncode == FAILED and "no score of its own" in refused.stdout
    refused = emotion("train", "--resume", tmp_path / "toy" / "tiny-final")
    assert refused.returncode == FAILED and "emotion train --final" in refused.stdout
    corpus = f"toy={tiny_config.with_name('corpus')}"
    leaked = emotion(
        "evaluate", tmp_path / "toy" / "tiny-final", "--corpus", corpus, "--part", "all"
    )
    assert leaked.returncode == 0
    assert "Leak: 6 of the 20 speakers" in " ".join(leaked.stdout.split())
