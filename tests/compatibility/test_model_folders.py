"""Model folders that commit 839fff1 wrote still predict the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.compatibility.conftest import DATA, Emotion, assert_holds, read_rows

from emotion_classifier import StreamConfig, load

PROBABILITIES: dict[str, dict[str, list[float]]] = json.loads(
    (DATA / "expected" / "probabilities.json").read_text("utf-8")
)
WITHOUT_ENCODER = "models/without_encoder"


@pytest.mark.parametrize("model", PROBABILITIES)
def test_probabilities_are_those_of_the_version_that_wrote_the_model(model: str) -> None:
    # integer kernels differ between processors
    tolerance = 2e-2 if model == "models/int8" else 1e-5
    # Noise is no speech, and that version ran the model nevertheless.
    predictor = load(model, StreamConfig(onset=None))
    for recording, expected in PROBABILITIES[model].items():
        found = predictor.predict(recording).probabilities
        assert found.tolist() == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("model", [*PROBABILITIES, WITHOUT_ENCODER])
def test_facts_hashes_and_card_of_a_model_are_read(model: str, emotion: Emotion) -> None:
    for command in ("show", "verify", "card"):
        ended = emotion("model", command, model)
        assert ended.code == 0, ended.error
        assert command == "verify" or "toy" in ended.out


def test_a_model_without_its_encoder_is_refused_with_the_remedy(emotion: Emotion) -> None:
    ended = emotion("predict", "noise.wav", "--model", WITHOUT_ENCODER)
    assert ended.code == 2
    assert "emotion export" in ended.error + ended.out


def test_speaker_statistics_give_the_same_predictions(emotion: Emotion) -> None:
    ended = emotion(
        *("evaluate", "models/per_speaker", "settings/tiny.yml", "--part", "all", "-o", "scores")
    )
    assert ended.code == 0, ended.error
    found = read_rows(Path("scores/predictions.csv"))
    assert_holds(found, read_rows(Path("expected/per_speaker_predictions.csv")), tolerance=1e-4)


@pytest.mark.slow
def test_a_model_without_its_encoder_is_completed(emotion: Emotion) -> None:
    ended = emotion("export", WITHOUT_ENCODER, "--encoder", "./encoder", "-o", "completed")
    assert ended.code == 0, ended.error
    predictor = load("completed", StreamConfig(onset=None))
    for recording, expected in PROBABILITIES["models/encoder"].items():
        found = predictor.predict(recording).probabilities
        assert found.tolist() == pytest.approx(expected, abs=1e-5)
