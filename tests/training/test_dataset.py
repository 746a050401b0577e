from __future__ import annotations

import pickle
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch

from emotion_classifier.training.dataset import (
    ClipBatch,
    ClipDataset,
    Key,
    OrderedKeys,
    ShuffledKeys,
    training_loader,
    validation_loader,
)

MakeDataset = Callable[..., ClipDataset]
HALF_A_SECOND = 4000


def assert_same_batches(found: list[ClipBatch], expected: list[ClipBatch]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_an_item_depends_on_seed_epoch_and_clip_only(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    longest = int(np.argmax([clip.sample_count for clip in dataset.clips]))
    first, target = dataset[Key(2, longest)]
    dataset[Key(0, longest)], dataset[Key(2, 0)]  # what else was asked for does not matter
    again, _ = pickle.loads(pickle.dumps(dataset))[Key(2, longest)]
    assert np.array_equal(first, again)
    assert target == longest % 3
    for other in (dataset[Key(3, longest)][0], make_dataset(seed=1)[Key(2, longest)][0]):
        assert not np.array_equal(first, other)


def test_training_crops_anywhere_and_validation_to_the_centre(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    longest = int(np.argmax([clip.sample_count for clip in dataset.clips]))
    samples = dataset.clips[longest].samples()
    crops = [dataset[Key(epoch, longest)][0] for epoch in range(50)]
    assert all(len(crop) == HALF_A_SECOND for crop in crops)
    starts = {int(np.flatnonzero(samples == crop[0])[0]) for crop in crops}
    assert len(starts) > 25 and max(starts) <= len(samples) - HALF_A_SECOND
    centre, _ = dataset[Key(-1, longest)]
    start = (len(samples) - HALF_A_SECOND) // 2
    assert np.array_equal(centre, samples[start : start + HALF_A_SECOND])


def test_shorter_clips_stay_whole_and_are_padded_in_the_batch(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    shortest = int(np.argmin([clip.sample_count for clip in dataset.clips]))
    longest = int(np.argmax([clip.sample_count for clip in dataset.clips]))
    batch = dataset.collate([dataset[Key(0, shortest)], dataset[Key(0, longest)]])
    count = dataset.clips[shortest].sample_count
    assert batch.waveforms.shape == (2, HALF_A_SECOND)
    assert batch.waveforms.dtype == torch.float32
    assert batch.lengths.tolist() == [count, HALF_A_SECOND]
    assert batch.targets.tolist() == [shortest % 3, longest % 3]
    assert np.array_equal(batch.waveforms[0, :count].numpy(), dataset.clips[shortest].samples())
    assert not batch.waveforms[0, count:].any()


def test_every_clip_comes_once_in_an_epoch_in_another_order(make_dataset: MakeDataset) -> None:
    keys = ShuffledKeys(30, seed=0)
    orders = []
    for epoch in range(3):
        keys.set_epoch(epoch)
        drawn = list(keys)
        assert {key.epoch for key in drawn} == {epoch}
        orders.append([key.clip for key in drawn])
        assert sorted(orders[-1]) == list(range(30))
        assert drawn == list(keys)
    assert all(one != other for one, other in pairwise(orders))
    assert [key.clip for key in ShuffledKeys(30, seed=1)] != orders[0]
    assert [key.clip for key in ShuffledKeys(30, seed=0, epoch=2)] == orders[2]
    assert len(keys) == 30


def test_validation_takes_all_clips_in_order() -> None:
    assert list(OrderedKeys(3)) == [Key(-1, 0), Key(-1, 1), Key(-1, 2)]


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_give_the_same_batches(workers: int, make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    alone, helped = (training_loader(dataset, 8, count, epoch=1) for count in (0, workers))
    assert_same_batches(list(helped), list(alone))
    for loader in (alone, helped):
        assert isinstance(loader.sampler, ShuffledKeys)
        loader.sampler.set_epoch(2)
    second = list(alone)
    assert_same_batches(list(helped), second)
    validation = list(validation_loader(dataset, 8, 0))
    assert_same_batches(list(validation_loader(dataset, 8, workers)), validation)


def test_training_batches_are_of_equal_size(make_dataset: MakeDataset) -> None:
    sizes = [len(batch.targets) for batch in training_loader(make_dataset(), 8, 0)]
    assert sizes == [8, 8, 8]


@pytest.mark.parametrize("batch_size", [5, 100])
def test_fewer_clips_than_a_batch_are_one_batch(batch_size: int, make_dataset: MakeDataset) -> None:
    sizes = [len(batch.targets) for batch in training_loader(make_dataset(0, 5), batch_size, 0)]
    assert sizes == [5]


def test_validation_batches_leave_nothing_out(make_dataset: MakeDataset) -> None:
    sizes = [len(batch.targets) for batch in validation_loader(make_dataset(), 8, 0)]
    assert sizes == [8, 8, 8, 6]
