from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lightning.fabric.utilities.data import _set_sampler_epoch

from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import Key
from emotion_classifier.training.data.length_batching import (
    BucketBatchSampler,
    SortedBatchSampler,
    bucketed,
    padding_proportion,
)
from emotion_classifier.training.data.loaders import training_loader, validation_loader
from emotion_classifier.training.data.samplers import SequentialSampler, ShuffledSampler
from emotion_classifier.training.sampling import EveryClip, Oversampling

MakeDataset = Callable[..., ClipDataset]


# Seconds of clips as in RAVDESS with and without its silence, CREMA-D, and conversations cut into
# utterances, with the crop that a run would take.
SPREADS = {
    "ravdess": lambda rng, n: rng.normal(3.7, 0.34, n).clip(2.9, 5.3),
    "ravdess trimmed": lambda rng, n: rng.normal(1.6, 0.4, n).clip(0.7, 3.0),
    "crema_d": lambda rng, n: rng.lognormal(np.log(2.5), 0.2, n).clip(1.2, 5.0),
    "utterances": lambda rng, n: rng.lognormal(np.log(4.5), 0.6, n).clip(0.6, 15.0),
    "uniform": lambda rng, n: rng.uniform(1.0, 5.0, n),
}


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    clips=st.integers(1_000, 7_000),
    batch_size=st.sampled_from([8, 16, 32]),
)
@pytest.mark.parametrize("spread", SPREADS)
def test_padding_stays_under_five_percent(
    spread: str, seed: int, clips: int, batch_size: int
) -> None:
    rng = np.random.default_rng(seed)
    lengths = (SPREADS[spread](rng, clips) * 50).astype(np.int64)  # frames of 20 ms
    batches = bucketed(lengths, batch_size, rng)
    assert len(batches) == clips // batch_size
    assert padding_proportion(lengths, batches) < 0.05


@given(
    lengths=st.lists(st.integers(1, 500), min_size=1, max_size=300),
    batch_size=st.integers(1, 64),
)
def test_batches_are_of_equal_size_and_hold_each_clip_once(
    lengths: list[int], batch_size: int
) -> None:
    batches = bucketed(np.array(lengths), batch_size, np.random.default_rng(0))
    count = len(lengths) // batch_size
    drawn = np.concatenate(batches)
    if count == 0:
        assert [len(batch) for batch in batches] == [len(lengths)]
    else:  # what is left out are the last, which the sampler drew at random
        assert [len(batch) for batch in batches] == [batch_size] * count
    assert sorted(drawn.tolist()) == list(range(max(count * batch_size, len(drawn))))


def drawn_batches(seed: int, epoch: int, clips: int = 400) -> list[list[Key]]:
    keys = ShuffledSampler(EveryClip(clips), seed, epoch)
    return list(BucketBatchSampler(keys, lambda key: 50 + key.clip % 97, 16))


def test_an_epoch_depends_on_seed_and_epoch_only() -> None:
    batches = drawn_batches(0, 3)
    assert batches == drawn_batches(0, 3)
    assert batches != drawn_batches(0, 4)
    assert batches != drawn_batches(1, 3)
    assert {key.epoch for batch in batches for key in batch} == {3}


def test_which_clips_meet_changes_from_epoch_to_epoch() -> None:
    met = [
        {frozenset(key.clip for key in batch) for batch in drawn_batches(0, epoch, 2000)}
        for epoch in range(2)
    ]
    assert not met[0] & met[1]


def test_batches_do_not_come_by_length() -> None:
    means = [np.mean([50 + key.clip % 97 for key in batch]) for batch in drawn_batches(0, 0)]
    assert not np.all(np.diff(means) >= 0) and not np.all(np.diff(means) <= 0)


def test_repeats_of_a_clip_are_keys_of_their_own() -> None:
    keys = ShuffledSampler(Oversampling(np.array([0] * 40 + [1] * 10)), seed=0)
    batches = BucketBatchSampler(keys, lambda key: 10, 8)
    drawn = [key for batch in batches for key in batch]
    assert len(batches) == 10 and len(drawn) == len(set(drawn)) == 80
    assert min(Counter(key.clip for key in drawn if key.clip >= 40).values()) == 4


def test_lightning_sets_the_epoch_of_the_sampler(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    loader = training_loader(dataset, EveryClip(30), 8, 0, bucketed=True)
    _set_sampler_epoch(loader, 5)
    expected = BucketBatchSampler(ShuffledSampler(EveryClip(30), 0, epoch=5), dataset.length, 8)
    assert loader.batch_sampler is not None
    assert list(loader.batch_sampler) == list(expected)


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_give_the_same_batches(workers: int, make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    alone, helped = (
        training_loader(dataset, EveryClip(30), 8, count, epoch=1, bucketed=True)
        for count in (0, workers)
    )
    assert len(alone) == 3
    for one, other in zip(alone, helped, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_validation_takes_every_clip_once_the_longest_first(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    batches = list(validation_loader(dataset, 8, 0, bucketed=True))
    assert [len(batch.clips) for batch in batches] == [8, 8, 8, 6]
    lengths = torch.cat([batch.lengths for batch in batches])
    assert torch.equal(lengths, lengths.sort(descending=True).values)
    clips = torch.cat([batch.clips for batch in batches])
    assert sorted(clips.tolist()) == list(range(30))
    middles = {
        key.epoch
        for batch in SortedBatchSampler(SequentialSampler(5), lambda key: 1, 2)
        for key in batch
    }
    assert middles == {-1}
