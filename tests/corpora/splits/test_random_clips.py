from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.corpora.splits import PARTS, RandomClipsConfig
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import LeakError


def test_it_is_refused_without_allow_leak(ravdess: list[Utterance]) -> None:
    with pytest.raises(LeakError, match=r"use kind speakers .* or set allow_leak: true"):
        RandomClipsConfig().assign(ravdess, np.random.default_rng(0))


def test_it_ignores_speakers(ravdess: list[Utterance]) -> None:
    split = RandomClipsConfig(allow_leak=True).assign(ravdess, np.random.default_rng(0))
    selected = {part: split.select(ravdess, part) for part in PARTS}
    assert [len(selected[part]) for part in PARTS] == [1152, 144, 144]
    assert {u.speaker for u in selected["test"]} <= {u.speaker for u in selected["train"]}
