from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.experiments.progress_log import ProgressLog

from emotion_classifier.audio.io import write_wav
from emotion_classifier.config import parse_config
from emotion_classifier.errors import ConfigError, SplitError
from emotion_classifier.experiments.cross_validation.left_out_corpora import leave_one_corpus_out
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.storage import write_csv

RATE = 16_000
SPEAKERS = 4


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path_factory.mktemp("cache")))


def _corpus(root: Path, name: str, emotions: str) -> dict[str, Any]:
    """Settings of a corpus of noise: a clip of each emotion by each speaker."""
    rng = np.random.default_rng(list(name.encode()))
    folder = root / name
    folder.mkdir()
    rows = [("file", "speaker", "emotion")]
    for emotion in emotions.split():
        for speaker in range(SPEAKERS):
            file = f"{emotion}{speaker}.wav"
            noise = 0.1 * rng.standard_normal(RATE * 6 // 10)
            write_wav(folder / file, noise.astype(np.float32), RATE)
            rows.append((file, f"s{speaker}", emotion))
    write_csv(folder / "table.csv", rows, "")
    return {"kind": "table", "path": str(folder / "table.csv"), "name": name}


def _config(corpora: list[dict[str, Any]], **sections: Any) -> RunConfig:
    settings = {
        "experiment": "noise",
        "label": "tiny",
        "corpora": corpora,
        "split": {"kind": "speakers", "train": 0.5, "validation": 0.25, "test": 0.25},
        "input": {"seconds": 0.5},
        "model": {
            "frontend": {"kind": "log_mel", "mels": 16, "n_fft": 512, "hop_length": 512},
            "network": {"kind": "cnn", "channels": [4], "embedding": 4},
        },
        "training": {"epochs": 1, "batch_size": 8, "precision": "fp32", "tensorboard": None},
        **sections,
    }
    return parse_config(RunConfig, settings, "test")


def test_one_corpus_is_refused_before_it_is_read(tmp_path: Path) -> None:
    config = _config([{"kind": "table", "path": str(tmp_path / "absent.csv")}])
    with pytest.raises(ConfigError, match="needs at least 2"):
        leave_one_corpus_out(config, root=tmp_path)


def test_a_corpus_without_a_common_emotion_is_refused(tmp_path: Path) -> None:
    corpora = [_corpus(tmp_path, "a", "happy sad"), _corpus(tmp_path, "b", "calm")]
    with pytest.raises(ConfigError, match="a has happy, sad, the other corpora have calm"):
        leave_one_corpus_out(_config(corpora), root=tmp_path / "runs")


def test_splits_are_checked_before_the_first_training(tmp_path: Path) -> None:
    corpora = [_corpus(tmp_path, "a", "happy sad"), _corpus(tmp_path, "b", "happy sad")]
    whole = {"b": {"kind": "all", "part": "train"}}  # without a, nothing validates
    with pytest.raises(SplitError, match="none is in validation"):
        leave_one_corpus_out(_config(corpora, corpus_splits=whole), root=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_each_corpus_is_tested_by_a_model_of_the_others(tmp_path: Path, log: ProgressLog) -> None:
    corpora = [
        _corpus(tmp_path, "a", "neutral happy sad calm"),
        _corpus(tmp_path, "b c", "neutral happy sad"),
        _corpus(tmp_path, "d", "happy sad"),
    ]
    whole = {"d": {"kind": "all", "part": "train"}}
    config = _config(corpora, corpus_splits=whole)
    ended = leave_one_corpus_out(config, root=tmp_path / "runs", progress=log)
    assert [run.path.name for run in ended.runs] == [
        "tiny-without-a", "tiny-without-b-c", "tiny-without-d",
    ]  # fmt: skip
    first, second, third = ended.matrix.rows
    assert (first.trained_on, first.not_scored) == (("b c", "d"), {"calm": SPEAKERS})
    assert first.own_score.overall.clips == 3 * SPEAKERS
    assert first.own_score.measures["closed_set_neutral_recall"].interval is not None
    assert second.own_score.restricted is not None and not second.not_scored
    assert [score.name for score in third.scores] == ["a", "b c", "d"]
    assert np.isnan(ended.matrix.values("closed_set_uar")[:2, 2]).all()  # d has no test part
    assert any("calm (4)" in warning for warning in ended.matrix.warnings)
    predictions = read_predictions(ended.runs[0].predictions)
    assert "calm" not in predictions.labels and set(predictions.corpora) == {"a", "b c"}
    assert (ended.folder / "corpus_matrix.json").is_file()

    times = [run.report.stat().st_mtime_ns for run in ended.runs]
    again = leave_one_corpus_out(config, root=tmp_path / "runs")
    assert [run.report.stat().st_mtime_ns for run in again.runs] == times
    assert again.folder == ended.folder
    matrix = (ended.folder / "corpus_matrix.json").read_bytes()
    other = config.model_copy(update={"seed": 1})
    changed = leave_one_corpus_out(other, root=tmp_path / "runs")
    assert changed.folder == ended.folder.with_name("tiny-left-out-corpora-2")
    assert (ended.folder / "corpus_matrix.json").read_bytes() == matrix
