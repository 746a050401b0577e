from __future__ import annotations

import itertools

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.copy_paste import CopyPaste, CopyPasteConfig
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import parse_config
from emotion_classifier.errors import ConfigError

RATE = 1000
WINDOW_SECONDS = 2.0


def clip(value: float, seconds: float = 0.7) -> Samples:
    return np.full(round(seconds * RATE), value, np.float32)


def built(**settings: float) -> CopyPaste:
    return CopyPasteConfig(**settings).build(WINDOW_SECONDS, RATE)


def runs(samples: Samples) -> list[tuple[float, int]]:
    """Value and length of each stretch; pauses have the value 0."""
    rounded = np.round(samples, 1)
    edges = np.flatnonzero(np.diff(rounded)) + 1
    return [(float(part[0]), len(part)) for part in np.split(rounded, edges)]


@pytest.mark.parametrize("seed", range(20))
def test_a_window_holds_whole_clips_with_pauses_between_them(seed: int) -> None:
    others = [clip(2.0), clip(3.0)]
    joined = built(probability=1.0).apply(
        clip(1.0), len(others), others.__getitem__, np.random.default_rng(seed)
    )
    assert len(joined) == WINDOW_SECONDS * RATE
    inner = runs(joined)[1:-1]  # the window cuts the stretches at its ends
    assert {value for value, _ in runs(joined)} <= {0.0, 1.0, 2.0, 3.0}
    assert any(value == 0.0 for value, _ in inner)
    for value, length in inner:
        assert 200 <= length <= 600 if value == 0.0 else length == 700
    assert all(a == 0.0 or b == 0.0 for (a, _), (b, _) in itertools.pairwise(inner))


def test_the_generator_alone_decides() -> None:
    others = [clip(2.0), clip(3.0)]
    first, again, other = (
        built(probability=1.0).apply(clip(1.0), 2, others.__getitem__, np.random.default_rng(seed))
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(("probability", "others"), [(0.0, 2), (1.0, 0)])
def test_a_clip_stays_as_it_is(probability: float, others: int) -> None:
    samples = clip(1.0)
    generator = np.random.default_rng(0)
    pasted = built(probability=probability).apply(samples, others, [].__getitem__, generator)
    assert pasted is samples


def test_a_tenth_of_the_clips_is_joined_by_default() -> None:
    generator = np.random.default_rng(0)
    joined = [
        len(built().apply(clip(1.0), 1, lambda _: clip(2.0), generator)) > 700 for _ in range(1000)
    ]
    assert np.mean(joined) == pytest.approx(0.1, abs=0.04)


def test_pauses_the_wrong_way_round_are_refused() -> None:
    settings = {"minimum_pause_seconds": 0.5, "maximum_pause_seconds": 0.1}
    with pytest.raises(ConfigError, match=r"0\.5 is above maximum_pause_seconds 0\.1"):
        parse_config(CopyPasteConfig, settings, "settings")
