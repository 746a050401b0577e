from __future__ import annotations

import pickle
import sys
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch

from emotion_classifier.audio.augmentation.chain import Chain, Step
from emotion_classifier.audio.augmentation.level import GainConfig
from emotion_classifier.audio.augmentation.tempo import SpeedConfig
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.distributed_batches import DistributedBatchSampler
from emotion_classifier.training.data.items import ClipBatch, Key
from emotion_classifier.training.data.loaders import training_loader, validation_loader
from emotion_classifier.training.data.samplers import SequentialSampler, ShuffledSampler
from emotion_classifier.training.sampling import EveryClip, Oversampling, Weighted

MakeDataset = Callable[..., ClipDataset]
HALF_A_SECOND = 4000


def assert_same_batches(found: list[ClipBatch], expected: list[ClipBatch]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_an_item_depends_on_seed_epoch_and_clip_only(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    longest = int(np.argmax([clip.sample_count for clip in dataset.clips]))
    first, variant = dataset[Key(2, longest)]
    dataset[Key(0, longest)], dataset[Key(2, 0)]  # other items do not matter
    again, _ = pickle.loads(pickle.dumps(dataset))[Key(2, longest)]
    assert np.array_equal(first, again)
    assert variant == Key(2, longest)
    others = (dataset[Key(3, longest)], dataset[Key(2, longest, 1)])
    for other, _ in (*others, make_dataset(seed=1)[Key(2, longest)]):
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
    assert batch.targets.dtype == torch.float32
    assert torch.equal(batch.targets, torch.eye(3)[[shortest % 3, longest % 3]])
    assert batch.speakers.dtype == torch.int64
    assert batch.speakers.tolist() == [3 - shortest % 4, 3 - longest % 4]
    assert np.array_equal(batch.waveforms[0, :count].numpy(), dataset.clips[shortest].samples())
    assert not batch.waveforms[0, count:].any()


def test_every_clip_comes_once_in_an_epoch_in_another_order(make_dataset: MakeDataset) -> None:
    keys = ShuffledSampler(EveryClip(30), seed=0)
    orders = []
    for epoch in range(3):
        keys.set_epoch(epoch)
        drawn = list(keys)
        assert {key.epoch for key in drawn} == {epoch}
        orders.append([key.clip for key in drawn])
        assert sorted(orders[-1]) == list(range(30))
        assert drawn == list(keys)
    assert all(one != other for one, other in pairwise(orders))
    assert [key.clip for key in ShuffledSampler(EveryClip(30), seed=1)] != orders[0]
    assert [key.clip for key in ShuffledSampler(EveryClip(30), seed=0, epoch=2)] == orders[2]
    assert len(keys) == 30


def test_validation_takes_all_clips_in_order() -> None:
    assert list(SequentialSampler(3)) == [Key(-1, 0), Key(-1, 1), Key(-1, 2)]


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_give_the_same_batches(workers: int, make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    sampling = EveryClip(len(dataset))
    alone, helped = (
        training_loader(dataset, sampling, 8, count, epoch=1) for count in (0, workers)
    )
    assert_same_batches(list(helped), list(alone))
    for loader in (alone, helped):
        assert isinstance(loader.batch_sampler, DistributedBatchSampler)
        assert isinstance(loader.batch_sampler.sampler, ShuffledSampler)
        loader.batch_sampler.sampler.set_epoch(2)
    second = list(alone)
    assert_same_batches(list(helped), second)
    validation = list(validation_loader(dataset, 8, 0))
    assert_same_batches(list(validation_loader(dataset, 8, workers)), validation)


def loader_sizes(dataset: ClipDataset, batch_size: int) -> list[int]:
    loader = training_loader(dataset, EveryClip(len(dataset)), batch_size, 0)
    return [len(batch.targets) for batch in loader]


def test_training_batches_are_of_equal_size(make_dataset: MakeDataset) -> None:
    assert loader_sizes(make_dataset(), 8) == [8, 8, 8]


@pytest.mark.parametrize("batch_size", [5, 100])
def test_fewer_clips_than_a_batch_are_one_batch(batch_size: int, make_dataset: MakeDataset) -> None:
    assert loader_sizes(make_dataset(0, 5), batch_size) == [5]


def test_validation_batches_leave_nothing_out(make_dataset: MakeDataset) -> None:
    sizes = [len(batch.targets) for batch in validation_loader(make_dataset(), 8, 0)]
    assert sizes == [8, 8, 8, 6]


def test_repeats_of_a_clip_are_counted() -> None:
    keys = ShuffledSampler(Oversampling(np.array([0, 0, 0, 0, 0, 1, 1])), seed=0)
    drawn = list(keys)
    assert len(drawn) == len(keys) == 10
    assert len(set(drawn)) == 10
    for clip, times in Counter(key.clip for key in drawn).items():
        assert [key.repeat for key in drawn if key.clip == clip] == list(range(times))
    assert drawn == list(keys)


def altered(samples: Samples, clip: int, generator: np.random.Generator) -> Samples:
    """A policy as a run applies it: a chain, here for all clips but those of emotion 2."""
    chain = Chain([Step(s.kind, s.probability, s.build()) for s in (GainConfig(), SpeedConfig())])
    return chain.apply(samples, 8000, generator) if clip % 3 != 2 else samples


# torch's advice on machines of few cores
@pytest.mark.filterwarnings("ignore:This DataLoader will create")
@pytest.mark.parametrize("workers", [1, 4])
def test_workers_augment_the_same(workers: int, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(augment=altered)
    sampling = Weighted(np.arange(30) % 7)
    alone, helped = (training_loader(dataset, sampling, 8, count) for count in (0, workers))
    assert_same_batches(list(helped), list(alone))


def test_random_items_alone_are_augmented(make_dataset: MakeDataset) -> None:
    plain, augmented = make_dataset(), make_dataset(augment=altered)
    shorter = [n for n, clip in enumerate(plain.clips) if clip.sample_count <= HALF_A_SECOND]
    changed = {clip for clip in shorter if not same_item(plain, augmented, Key(0, clip))}
    assert changed and not any(clip % 3 == 2 for clip in changed)
    assert all(same_item(plain, augmented, Key(-1, clip)) for clip in shorter)
    for clip, original in enumerate(plain.clips):  # the cache stays as it is
        assert np.array_equal(original.samples(), augmented.clips[clip].samples())


def same_item(one: ClipDataset, other: ClipDataset, key: Key) -> bool:
    return np.array_equal(one[key].samples, other[key].samples)


def test_repeats_are_augmented_differently(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(augment=noise)
    shortest = int(np.argmin([clip.sample_count for clip in dataset.clips]))
    first, second, again = (dataset[Key(0, shortest, repeat)].samples for repeat in (0, 1, 0))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, again)


def noise(samples: Samples, clip: int, generator: np.random.Generator) -> Samples:
    return samples + generator.standard_normal(len(samples), dtype=np.float32)


def test_the_whole_clip_is_augmented_before_the_crop(make_dataset: MakeDataset) -> None:
    lengths: list[int] = []

    def listen(samples: Samples, clip: int, generator: np.random.Generator) -> Samples:
        lengths.append(len(samples))
        return np.arange(2 * HALF_A_SECOND, dtype=np.float32)

    dataset = make_dataset(augment=listen)
    starts = {float(dataset[Key(epoch, 0)].samples[0]) for epoch in range(20)}
    assert lengths == [dataset.clips[0].sample_count] * 20
    assert len(starts) > 10 and max(starts) <= HALF_A_SECOND


def test_a_clip_too_short_after_augmentation_is_filled_with_silence(
    make_dataset: MakeDataset,
) -> None:
    dataset = make_dataset(augment=lambda samples, clip, generator: samples[:500])
    item = dataset[Key(0, 0)].samples
    assert len(item) == 800  # 0.1 s, the least that the model input takes
    assert np.array_equal(item[:500], dataset.clips[0].samples()[:500])
    assert not item[500:].any()


def test_epochs_take_the_views_in_turn(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(augment=noise, views=3)
    views = [dataset[Key(epoch, 4)].samples for epoch in range(3)]
    assert not np.array_equal(views[0], views[1])
    for epoch in range(3, 6):
        item = dataset[Key(epoch, 4)]
        assert item.variant == Key(epoch % 3, 4)
        assert np.array_equal(item.samples, views[epoch % 3])
    assert same_item(dataset, make_dataset(), Key(-1, 4))
    repeated = dataset[Key(1, 4, 1)].samples  # an epoch that holds a clip twice takes two views
    assert np.array_equal(repeated, views[2])


def test_views_of_a_clip_are_the_same_in_other_parts(make_dataset: MakeDataset) -> None:
    whole = make_dataset(augment=noise, views=2)
    part = make_dataset(start=3, augment=noise, views=2)
    assert np.array_equal(whole[Key(1, 7)].samples, part[Key(1, 4)].samples)
    other = make_dataset(augment=noise, views=2, seed=1)
    assert not np.array_equal(whole[Key(1, 7)].samples, other[Key(1, 7)].samples)


def test_centred_clips_are_the_same_in_every_epoch(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    centred = dataset.centred()
    assert centred.fixed_variants() == [Key(-1, clip) for clip in range(30)]
    for clip in range(30):
        middle = dataset[Key(-1, clip)].samples
        assert np.array_equal(centred[Key(5, clip, 1)].samples, middle)
    assert dataset.views is None


def test_a_worker_prints_nothing_on_an_interruption(
    make_dataset: MakeDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread of multiprocessing prints what it meets by `sys.excepthook`."""
    printed: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: printed.append(error))
    initialise = validation_loader(make_dataset(0, 4), 2, 1).worker_init_fn
    assert initialise is not None
    initialise(0)
    mistake = ValueError("a mistake of our own")
    for error in (EOFError(), ConnectionResetError(), BrokenPipeError(), mistake):
        sys.excepthook(type(error), error, None)
    assert printed == [mistake]
