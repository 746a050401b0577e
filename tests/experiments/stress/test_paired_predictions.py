from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.chain import Chain
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.experiments.stress.conditions import Condition, card_conditions
from emotion_classifier.experiments.stress.paired_predictions import (
    PairedPredictions,
    condition_facts,
    lowest_rate_hz,
    lowest_snr_db,
    predict_pairs,
)
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.model_folder.specification import ConditionFacts


@dataclass(frozen=True)
class Loud:
    """A clip with the mean `mean`, which the predictions of the untrained model depend on."""

    mean: float

    def samples(self) -> Samples:
        wave = 0.1 * np.sin(np.arange(16_000) / 25)
        return (self.mean + wave).astype(np.float32)


def test_a_gain_changes_the_predictions_of_a_model_of_the_level(untrained_model: Path) -> None:
    predictor = Predictor.load(untrained_model, StreamConfig(onset=None), threads=1)
    clips = [Loud(0.8), Loud(0.1)]
    utterances = [
        Utterance(f"own/{n}", Path(f"{n}.wav"), "own", "s", e)
        for n, e in enumerate(("neutral", "sad"))
    ]
    by_name = {condition.name: condition for condition in card_conditions(())}
    found = predict_pairs(predictor, utterances, clips, by_name["20 dB quieter"], seed=0)
    assert found.true.tolist() == found.clean.tolist() == [0, 1]
    assert found.changed.tolist() == [1, 1]  # below a half, whatever it is, is sad to this model
    facts = condition_facts(by_name["20 dB quieter"], [found])
    assert (facts.uar, facts.change, facts.unchanged) == (0.5, -0.5, 0.5)


def test_without_folders_noise_is_white_and_impulse_responses_are_left_out() -> None:
    names = [condition.name for condition in card_conditions(())]
    assert names[:3] == [f"white noise at {level} dB" for level in (20, 10, 5)]
    assert "rooms" not in names


def test_a_clip_that_cannot_be_predicted_counts_as_wrong() -> None:
    found = PairedPredictions(np.array([0, 1]), np.array([0, 1]), np.array([0, -1]))
    facts = condition_facts(Condition("gone", Chain()), [found, found])
    assert (facts.uar, facts.change, facts.unchanged) == (0.5, -0.5, 0.5)


def test_clips_without_speech_count_as_wrong_before_and_after(untrained_model: Path) -> None:
    predictor = Predictor.load(untrained_model, threads=1)  # tones are no speech
    clips = [Loud(0.8), Loud(0.1)]
    utterances = [
        Utterance(f"own/{n}", Path(f"{n}.wav"), "own", "s", e)
        for n, e in enumerate(("neutral", "sad"))
    ]
    condition = Condition("none", Chain())
    found = predict_pairs(predictor, utterances, clips, condition, seed=0)
    assert found.clean.tolist() == found.changed.tolist() == [-1, -1]
    facts = condition_facts(condition, [found])
    assert (facts.uar, facts.change, facts.unchanged) == (0.0, 0.0, 1.0)


def test_a_rate_is_that_of_the_recording() -> None:
    condition = Condition("slow", Chain(), recorded_hz=8000)
    changed = condition.apply(Loud(0.0).samples(), 16_000, np.random.default_rng(0))
    assert changed.sample_rate == 8000
    assert changed.duration_seconds == pytest.approx(1.0)


def rows(*changes: float) -> list[tuple[Condition, ConditionFacts]]:
    """Noise at 20, 10 and 5 dB, and a rate of 8 kHz, that cost so much."""
    tested = [Condition(f"{db}", Chain(), snr_db=db) for db in (20.0, 10.0, 5.0)]
    tested.append(Condition("rate", Chain(), recorded_hz=8000))
    return [
        (c, ConditionFacts(condition=c.name, uar=0.5, change=change, unchanged=0.9))
        for c, change in zip(tested, changes, strict=True)
    ]


def test_the_operating_range_ends_where_the_loss_is_too_large() -> None:
    assert lowest_snr_db(rows(-0.01, -0.04, -0.2, 0.0)) == 10.0
    assert lowest_snr_db(rows(-0.1, -0.04, 0.0, 0.0)) is None
    assert lowest_rate_hz(rows(0.0, 0.0, 0.0, -0.05), 16_000) == 8000
    assert lowest_rate_hz(rows(0.0, 0.0, 0.0, -0.06), 16_000) == 16_000
