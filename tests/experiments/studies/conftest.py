"""A study on toy voices, and runs that are finished without a training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_classifier.config import dump_config, parse_config
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.experiments.data.load import RunData, load_corpora, split_corpora
from emotion_classifier.experiments.studies.config import StudyConfig
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.runs.history import EpochRow, write_history
from emotion_classifier.runs.predictions_file import write_predictions
from emotion_classifier.runs.run_folder import RunFolder

EMOTIONS = ["angry", "happy", "sad"]
Finish = Callable[..., None]


@pytest.fixture(scope="session")
def toy_corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Settings of twelve toy voices."""
    return {
        "kind": "toy",
        "path": str(tmp_path_factory.mktemp("toy") / "corpus"),
        "speakers": 12,
        "clips_per_emotion": 2,
        "emotions": EMOTIONS,
    }


@pytest.fixture(scope="session")
def toy_settings(toy_corpus: dict[str, Any]) -> dict[str, Any]:
    """A study of two factors in two folds."""
    return {
        "question": "Which model suits which features?",
        "name": "toy_study",
        "base": "ravdess_cnn",
        "settings": {
            "experiment": "toy",
            "corpora": [toy_corpus],
            "split": {"kind": "k_fold", "folds": 2, "fold": 1, "validation_fraction": 0.2},
            "input.seconds": 0.6,
            "training.epochs": 1,
        },
        "factors": {
            "model": {
                "cnn": {"model.network": {"kind": "cnn", "channels": [4], "embedding": 4}},
                "mlp": {"model.network": {"kind": "mlp", "hidden": [4]}},
            },
            "augmentation": {"none": {"augmentation": None}, "default": {"augmentation": {}}},
        },
        "comparisons": [{"factor": "model", "reference": "cnn"}],
    }


@pytest.fixture(scope="session")
def toy_study(toy_settings: dict[str, Any]) -> StudyConfig:
    """The same, parsed."""
    return parse_config(StudyConfig, toy_settings)


@pytest.fixture(scope="session")
def toy_data(toy_corpus: dict[str, Any]) -> RunData:
    """The clips of the toy voices."""
    config = parse_config(RunConfig, {"corpora": [toy_corpus], "input": {"seconds": 0.6}})
    return load_corpora(config, config.input.build())


@pytest.fixture
def finish(toy_data: RunData) -> Finish:
    """Writes the folder of a run as if it had predicted a share of its test part correctly."""

    def write(config: RunConfig, root: Path, correct: float) -> None:
        split = split_corpora(toy_data, config)
        tested = toy_data.part(split, "test")

        def files(folder: RunFolder) -> None:
            split.save(folder.split, toy_data.utterances)
            folder.config.write_bytes(dump_config(config).encode())

        folder = RunFolder.create(root, config.experiment, config.label, files)
        write_predictions(folder.predictions, predictions(tested, correct))
        scores = {"uar": 0.5, "accuracy": 0.5, "macro_f1": 0.5}
        write_history(folder.history, [EpochRow(1, 1.0, 1.0, scores, scores, 1e-3, 2.0)])
        folder.report.write_text("{}")

    return write


def predictions(clips: list[Utterance], correct: float) -> LabelledPredictions:
    """The predictions of a model that predicts this share of the clips correctly."""
    rng = np.random.default_rng(0)
    labels = LabelSet(tuple(EMOTIONS))
    true = labels.indices([u.emotion for u in clips])
    right = rng.random(len(clips)) < correct
    predicted = np.where(right, true, (true + 1) % 3)
    return LabelledPredictions(
        labels=labels,
        ids=tuple(u.id for u in clips),
        files=tuple(str(u.path) for u in clips),
        corpora=tuple(u.corpus for u in clips),
        speakers=tuple(u.speaker_id for u in clips),
        sexes=tuple(u.sex for u in clips),
        intensities=tuple(u.intensity for u in clips),
        durations_seconds=np.ones(len(clips)),
        true=true,
        probabilities=np.eye(3, dtype=np.float32)[predicted],
    )
