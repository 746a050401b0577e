"""Scored clips made on the spot: speakers of their own ability, emotions alike in pairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from emotion_classifier.emotions import LabelSet
from emotion_classifier.evaluation.predictions import LabelledPredictions

NAMES = ("neutral", "happy", "sad", "angry")


@pytest.fixture(scope="session")
def make_clips() -> Callable[..., LabelledPredictions]:
    """The function that makes scored clips."""
    return _make_clips


def _make_clips(
    speakers: int = 6,
    clips_each: int = 12,
    *,
    seed: int = 0,
    skill: float = 1.0,
    names: tuple[str, ...] = NAMES,
    corpus: str = "toy",
    votes: int = 0,
) -> LabelledPredictions:
    """Clips whose true emotion is the likelier the higher `skill` is, with `votes` of listeners."""
    rng = np.random.default_rng(seed)
    clips, emotions = speakers * clips_each, len(names)
    places = np.repeat(np.arange(speakers), clips_each)
    true = np.tile(np.arange(clips_each) % emotions, speakers).astype(np.int64)
    logits = rng.normal(size=(clips, emotions))
    logits[np.arange(clips), true] += skill + rng.normal(0, 0.5, speakers)[places]
    shares = np.exp(logits)
    audible = 0.4 * np.eye(emotions)[true] + 0.6 / emotions
    counts = np.random.default_rng((seed, votes)).multinomial(votes, audible)
    ids = tuple(f"{corpus}/{speaker}-{clip}" for clip, speaker in enumerate(places))
    return LabelledPredictions(
        labels=LabelSet(names),
        ids=ids,
        files=tuple(f"{clip}.wav" for clip in ids),
        corpora=(corpus,) * clips,
        speakers=tuple(f"{corpus}/{speaker}" for speaker in places),
        sexes=tuple("female" if speaker % 2 else "male" for speaker in places),
        intensities=(None,) * clips,
        durations_seconds=rng.uniform(1.0, 4.0, clips),
        true=true,
        probabilities=(shares / shares.sum(axis=1, keepdims=True)).astype(np.float32),
        perceived=(counts / votes).astype(np.float32) if votes else None,
    )
