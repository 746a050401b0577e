from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.hidden_state_cache import HiddenStates, hidden_state_cache
from emotion_classifier.training.data.hidden_state_dataset import HiddenStateDataset
from emotion_classifier.training.data.items import Key

MakeDataset = Callable[..., ClipDataset]


def some_states(frames: int, highest: float = 1.0) -> HiddenStates:
    """HiddenStates of two layers with three values, different for each number of frames."""
    values = np.random.default_rng(frames).uniform(-highest, highest, (2, frames, 3))
    return values.astype(np.float16) if highest < 1e4 else values.astype(np.float32)


def cached(clips: ClipDataset, folder: Path, highest: float = 1.0) -> HiddenStateDataset:
    """Each variant with frames of its own number; the last one has values up to `highest`."""
    cache = hidden_state_cache(folder, "00" * 32)
    variants = clips.fixed_variants()
    made = {}
    for place, key in enumerate(variants):
        limit = highest if place == len(variants) - 1 else 1.0
        made[key] = cache.write(f"{place:064x}", some_states(10 + place, limit))
    return HiddenStateDataset(clips, made)


def test_a_batch_has_zeros_behind_each_clip(make_dataset: MakeDataset, tmp_path: Path) -> None:
    clips = make_dataset(0, 6)
    dataset = pickle.loads(pickle.dumps(cached(clips, tmp_path)))
    keys = [Key(-1, 4), Key(-1, 1)]
    batch = dataset.collate([dataset[key] for key in keys])
    assert batch.hidden_states.shape == (2, 2, 14, 3)
    assert batch.hidden_states.dtype == torch.float16
    assert batch.lengths.tolist() == [14, 11] == [dataset.length(key) for key in keys]
    for row, frames in zip(batch.hidden_states.numpy(), (14, 11), strict=True):
        assert np.array_equal(row[:, :frames], some_states(frames))
        assert not row[:, frames:].any()
    expected = clips.collate([clips[key] for key in keys])
    assert torch.equal(batch.targets, expected.targets)
    assert torch.equal(batch.speakers, expected.speakers)
    assert batch.clips.tolist() == expected.clips.tolist() == [4, 1]


def test_large_values_make_the_batch_exact(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset = cached(make_dataset(0, 3), tmp_path, highest=1e6)
    batch = dataset.collate([dataset[Key(-1, clip)] for clip in (1, 2)])
    assert batch.hidden_states.dtype == torch.float32
    assert np.array_equal(batch.hidden_states[1].numpy(), some_states(12, 1e6))
    assert np.array_equal(
        batch.hidden_states[0, :, :11].numpy(), some_states(11).astype(np.float32)
    )


def test_epochs_and_repeats_take_the_views_in_turn(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    dataset = cached(make_dataset(0, 4, views=3), tmp_path)
    of_clip_2 = [dataset.cached[Key(view, 2)] for view in range(3)]
    entries = [dataset[Key(epoch, 2)].cached for epoch in range(5)]
    assert entries == [of_clip_2[view] for view in (0, 1, 2, 0, 1)]
    assert dataset[Key(1, 2, 1)].cached == of_clip_2[2]
    assert dataset[Key(1, 2)].variant == Key(1, 2)
