from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import BatchSampler

from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.distributed_batches import DistributedBatchSampler
from emotion_classifier.training.data.items import Key
from emotion_classifier.training.data.length_batching import SortedBatchSampler
from emotion_classifier.training.data.loaders import training_loader, validation_loader
from emotion_classifier.training.data.samplers import SequentialSampler, ShuffledSampler
from emotion_classifier.training.sampling import EveryClip, Weighted

MakeDataset = Callable[..., ClipDataset]


def dealt(
    clips: int, batch_size: int, processes: int, *, drop_last: bool
) -> tuple[list[list[Key]], list[list[list[Key]]]]:
    """The batches, and those of each process."""
    batches = BatchSampler(SequentialSampler(clips), batch_size, drop_last=False)  # type: ignore[arg-type]
    shares = [
        DistributedBatchSampler(batches, rank, processes, drop_last=drop_last)
        for rank in range(processes)
    ]
    for each in shares:
        assert len(each) == len(list(each))
    return list(batches), [list(each) for each in shares]  # type: ignore[arg-type]


@given(st.integers(1, 60), st.integers(1, 16), st.integers(1, 5))
def test_validation_processes_every_clip_once(clips: int, batch_size: int, processes: int) -> None:
    _, shares = dealt(clips, batch_size, processes, drop_last=False)
    loaded = sorted(key.clip for share in shares for batch in share for key in batch)
    assert loaded == list(range(clips))
    counts = [sum(map(len, share)) for share in shares]
    assert max(counts) - min(counts) <= -(-clips // batch_size)


@given(st.integers(1, 8), st.integers(1, 5), st.integers(1, 4), st.integers(0, 3))
def test_training_deals_each_batch_out_evenly(
    full: int, clips_each: int, processes: int, left: int
) -> None:
    size = clips_each * processes
    batches, shares = dealt(full * size + left * processes % size, size, processes, drop_last=True)
    for number, batch in enumerate(batches):
        parts = [share[number] for share in shares]
        assert len({len(part) for part in parts}) == 1
        assert sorted(key for part in parts for key in part) == batch


def test_training_drops_clips_that_do_not_divide_evenly() -> None:
    _, shares = dealt(5, 8, 2, drop_last=True)
    assert [[len(batch) for batch in share] for share in shares] == [[2], [2]]


@pytest.mark.parametrize("bucketed", [False, True])
def test_two_loaders_share_the_clips_of_one(bucketed: bool, make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    sampling = Weighted(np.arange(30) % 7)

    def clips(rank: int, world_size: int) -> list[list[int]]:
        loader = training_loader(
            dataset, sampling, 8, 0, 3, bucketed=bucketed, rank=rank, world_size=world_size
        )
        return [batch.clips.tolist() for batch in loader]

    alone, first, second = clips(0, 1), clips(0, 2), clips(1, 2)
    assert len(alone) == len(first) == len(second) == 3
    for whole, one, other in zip(alone, first, second, strict=True):
        assert (whole[::2], whole[1::2]) == (one, other)
    loaded = [
        batch.clips.tolist()
        for rank in range(2)
        for batch in validation_loader(dataset, 8, 0, bucketed=bucketed, rank=rank, world_size=2)
    ]
    assert sorted(clip for batch in loaded for clip in batch) == list(range(30))


def test_lightning_finds_the_sampler_of_the_epoch() -> None:
    keys = ShuffledSampler(EveryClip(20), seed=0)
    plain = BatchSampler(keys, 4, drop_last=True)  # type: ignore[arg-type]
    batches = DistributedBatchSampler(plain, 1, 2, drop_last=True)
    first = list(batches)
    assert batches.sampler is keys
    keys.set_epoch(1)
    assert {key.epoch for batch in batches for key in batch} == {1}
    assert list(batches) != first


def test_clips_of_similar_length_stay_together() -> None:
    lengths = [5, 1, 4, 2, 6, 3]
    batches = SortedBatchSampler(SequentialSampler(6), lambda key: lengths[key.clip], 4)
    shares = [list(DistributedBatchSampler(batches, rank, 2, drop_last=False)) for rank in range(2)]
    found = [[[lengths[key.clip] for key in batch] for batch in share] for share in shares]
    assert found == [[[6, 4], [2]], [[5, 3], [1]]]
