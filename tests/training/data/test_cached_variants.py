from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np

from emotion_classifier.audio.array_cache import ArrayCache
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.training.data.cached_variants import CachedVariants
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import Item, Key

MakeDataset = Callable[..., ClipDataset]


def noise(samples: Samples, clip: int, generator: np.random.Generator) -> Samples:
    return samples + generator.standard_normal(len(samples)).astype(np.float32)


def assert_same(found: Item, expected: Item) -> None:
    assert np.array_equal(found.samples, expected.samples)
    assert found.variant == expected.variant


def test_items_are_those_of_the_dataset_and_computed_once(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    calls: list[int] = []

    def counted(samples: Samples, clip: int, generator: np.random.Generator) -> Samples:
        calls.append(clip)
        return noise(samples, clip, generator)

    dataset = make_dataset(0, 4, augment=noise, views=2)
    cached = CachedVariants(make_dataset(0, 4, augment=counted, views=2), ArrayCache(tmp_path))
    for epoch in range(6):
        for clip in range(4):
            key = Key(epoch, clip)
            assert_same(cached[key], dataset[key])
            assert cached.length(key) == dataset.length(key)
    assert sorted(calls) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert len(cached) == 4


def test_another_process_reads_what_is_written(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset = make_dataset(0, 2, augment=noise, views=1)
    first = CachedVariants(dataset, ArrayCache(tmp_path))
    first[Key(0, 1)]
    later = pickle.loads(pickle.dumps(CachedVariants(dataset, ArrayCache(tmp_path))))
    (file,) = tmp_path.rglob("*.npy")
    before = file.stat().st_mtime_ns
    assert_same(later[Key(3, 1)], dataset[Key(3, 1)])
    assert file.stat().st_mtime_ns == before


def test_a_damaged_variant_is_computed_again(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset = make_dataset(0, 1, augment=noise, views=1)
    CachedVariants(dataset, ArrayCache(tmp_path))[Key(0, 0)]
    (file,) = tmp_path.rglob("*.npy")
    content = bytearray(file.read_bytes())
    content[200] ^= 1
    file.write_bytes(content)
    assert_same(CachedVariants(dataset, ArrayCache(tmp_path))[Key(0, 0)], dataset[Key(0, 0)])
