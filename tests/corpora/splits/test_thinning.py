from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.corpora.splits import Split, thin_training
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError

CLIPS = [
    Utterance(f"any/{n}", Path(f"{n}.wav"), "any", str(n % 4), "happy" if n < 40 else "sad")
    for n in range(80)
]
SPLIT = Split({u.id: "test" if u.speaker == "3" else "train" for u in CLIPS})


def thinned(shares: dict[str, float], seed: int = 0) -> Split:
    return thin_training(SPLIT, CLIPS, shares, np.random.default_rng(seed))


def test_training_part_keeps_share_of_rare_emotion_alone() -> None:
    split = thinned({"sad": 0.2})
    assert split.counts(CLIPS, "emotion") == {
        "happy": {"train": 30, "validation": 0, "test": 10},
        "sad": {"train": 6, "validation": 0, "test": 10},
    }
    assert len(split.left_out) == 24
    assert set(split.left_out.values()) == {"training_shares: 0.2 of sad"}
    assert any("6 of 30" in note for note in split.notes)


def test_same_seed_keeps_same_clips_in_any_order() -> None:
    reverse = thin_training(SPLIT, CLIPS[::-1], {"sad": 0.2}, np.random.default_rng(0))
    assert reverse.parts == thinned({"sad": 0.2}).parts
    assert reverse.parts != thinned({"sad": 0.2}, seed=1).parts


def test_one_clip_remains_at_least() -> None:
    assert thinned({"sad": 0.001}).counts(CLIPS, "emotion")["sad"]["train"] == 1


def test_unknown_emotion_is_refused() -> None:
    with pytest.raises(SplitError, match=r"bored.*happy, sad"):
        thinned({"bored": 0.5})
