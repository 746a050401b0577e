from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.emotions import LabelSet
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.experiments.release.bundle import (
    calibration_facts,
    group_facts,
    score_facts,
)
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import GRAPH, SPECIFICATION, read_specification
from emotion_classifier.runs.history import read_history


@pytest.fixture
def pooled() -> LabelledPredictions:
    """Two corpora of two speakers; `small` has no calm clip; all right but for one calm clip."""
    true = np.array([0, 1, 2, 0, 1, 2, 1, 2, 1, 2])
    answers = np.array([1, 1, 2, 0, 1, 2, 1, 2, 1, 2])
    probabilities = np.full((10, 3), 0.1, np.float32)
    probabilities[np.arange(10), answers] = 0.8
    probabilities[0] = (0.3, 0.4, 0.3)
    corpora = ("large",) * 6 + ("small",) * 4
    return LabelledPredictions(
        labels=LabelSet(("calm", "happy", "sad")),
        ids=tuple(map(str, range(10))),
        files=tuple(map(str, range(10))),
        corpora=corpora,
        speakers=tuple(f"{c}/{n % 2}" for n, c in enumerate(corpora)),
        sexes=("female", "male") * 3 + (None,) * 4,
        intensities=(None,) * 10,
        durations_seconds=np.ones(10),
        true=true,
        probabilities=probabilities,
    )


def test_each_corpus_has_its_score_and_one_restricted_to_its_emotions(
    pooled: LabelledPredictions,
) -> None:
    large, small, restricted = score_facts(pooled, seed=0)
    assert (large.name, large.clips, large.speakers) == ("large", 6, 2)
    assert large.uar == pytest.approx((0.5 + 1 + 1) / 3)
    assert (small.name, small.uar) == ("small", 1.0)
    assert restricted.name == "small, restricted to its 2 emotions"


def test_groups_are_scored_within_their_corpus(pooled: LabelledPredictions) -> None:
    found = {(one.by, one.name): one.uar for one in group_facts(pooled, seed=0)}
    assert found == {
        ("sex", "large: female"): pytest.approx(2 / 3),
        ("sex", "large: male"): 1.0,
    }


def test_calibration_has_coverage_and_accuracy_above_the_threshold(
    pooled: LabelledPredictions,
) -> None:
    facts = calibration_facts(pooled, uncertain_below=0.5)
    assert (facts["coverage"], facts["accuracy_when_sure"]) == (0.9, 1.0)
    assert calibration_facts(pooled, uncertain_below=1.0)["accuracy_when_sure"] is None


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
