from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.config import parse_config
from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.emotions.prediction import UNCERTAIN
from emotion_classifier.experiments.data.load import DataConfig, load_corpora
from emotion_classifier.experiments.release.recordings import (
    PredictedRecording,
    predict_recordings,
    recording_threshold,
    score_recordings,
)
from emotion_classifier.inference.predictor import Predictor

LABELS = LabelSet(("neutral", "sad"))


def predicted(corpus: str, emotion: str | None, sad: float) -> PredictedRecording:
    probabilities = np.array([1.0 - sad, sad], np.float32)
    return PredictedRecording(corpus, emotion, Prediction(LABELS, probabilities, 30.0))


def test_the_threshold_keeps_nine_tenths_of_the_correct_predictions_of_each_corpus() -> None:
    large = [predicted("a", "sad", 0.6 + number / 1000) for number in range(100)]
    small = [predicted("b", "sad", 0.8), predicted("b", "neutral", 0.99)]
    mixed = [predicted("b", None, 0.55)]
    assert recording_threshold([*large, *small, *mixed]) == pytest.approx((0.61 + 0.8) / 2)
    assert recording_threshold(mixed) is None


def test_the_scores_of_a_corpus_are_shares_of_its_recordings() -> None:
    rows = [predicted("a", "sad", 0.9), predicted("a", "sad", 0.1), predicted("a", "sad", 0.6)]
    rows.append(predicted("a", None, 0.55))
    (score,) = score_recordings([row.with_threshold(0.7) for row in rows])
    assert tuple(score) == ("a", 3, pytest.approx(2 / 3), 0.5, 0.0)
    assert rows[3].with_threshold(0.7).prediction.answer == UNCERTAIN


def test_clips_of_a_speaker_are_joined_to_recordings(
    untrained_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    generator = np.random.default_rng(0)
    speaker = ToySpeaker.draw("female", generator)
    for emotion, offset in (("neutral", 0.9), ("sad", -0.4), ("happy", 0.0)):
        clip = synthesise(speaker, "neutral", TOY_SENTENCES[0], generator) + offset
        (tmp_path / "clips" / emotion).mkdir(parents=True)
        soundfile.write(tmp_path / "clips" / emotion / "1.wav", clip, 16_000, subtype="FLOAT")
    corpus = {"kind": "folders", "path": str(tmp_path / "clips"), "speaker_pattern": "([0-9])"}
    config = parse_config(DataConfig, {"corpora": [corpus]}, "test")
    predictor = Predictor.load(untrained_model, threads=1)
    data = load_corpora(config, predictor.model.input)
    found = predict_recordings(predictor, data.utterances, data.clips)
    # "happy" is no emotion of the model
    assert [one.emotion for one in found] == ["neutral", "neutral", "sad", "sad", None]
    assert min(one.prediction.duration_seconds for one in found) >= 30.0
    assert [one.is_correct for one in found] == [True, False, True, True, False]
    sad = [one.prediction.as_dict()["sad"] for one in found]
    assert sad[0] < sad[1] < sad[4] < sad[3] < sad[2]
