"""Cached clips as training hears them.

An item is a pure function of the seed, the epoch and its index: the sampler hands both over, so the
same epoch gives the same audio with any number of workers, and after an interruption.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from emotion_classifier.audio.cache import CachedClip
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.models.input import ModelInput


class ClipBatch(NamedTuple):
    """Clips of one step.

    Parameters
    ----------
    waveforms : (batch, sample) float32, zeros behind each clip's end.
    lengths : (batch,) int64, in samples.
    targets : (batch,) int64, emotion indices.
    """

    waveforms: torch.Tensor
    lengths: torch.Tensor
    targets: torch.Tensor


class Key(NamedTuple):
    """What an item is made from; the epoch is -1 where nothing is random."""

    epoch: int
    clip: int


class ClipDataset(Dataset[tuple[Samples, int]]):
    """Clips and their emotions.

    Parameters
    ----------
    clips : prepared waveforms on disk.
    targets : (clip,) emotion indices.
    model_input : how they are cropped and batched.
    seed : of the run.
    """

    def __init__(
        self,
        clips: Sequence[CachedClip],
        targets: npt.NDArray[np.int64],
        model_input: ModelInput,
        seed: int,
    ) -> None:
        self.clips = tuple(clips)
        self.targets = targets
        self.model_input = model_input
        self.seed = seed

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, key: Key) -> tuple[Samples, int]:
        samples = self.clips[key.clip].samples()
        if key.epoch < 0:
            clip = self.model_input.centre(samples)
        else:
            generator = np.random.default_rng((self.seed, *key))
            clip = self.model_input.anywhere(samples, generator)
        return clip, int(self.targets[key.clip])

    def collate(self, items: list[tuple[Samples, int]]) -> ClipBatch:
        """Items as one batch."""
        waveforms, lengths = self.model_input.batch([clip for clip, _ in items])
        targets = torch.tensor([target for _, target in items])
        return ClipBatch(torch.from_numpy(waveforms), torch.from_numpy(lengths), targets)


class ShuffledKeys(Sampler[Key]):
    """The keys of one epoch in an order that depends on seed and epoch only.

    Parameters
    ----------
    size : number of clips.
    seed : of the run.
    epoch : to begin with. Workers fetch its first clips before Lightning tells the epoch.
    """

    def __init__(self, size: int, seed: int, epoch: int = 0) -> None:
        self.size = size
        self.seed = seed
        self.epoch = epoch

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Key]:
        order = np.random.default_rng((self.seed, self.epoch)).permutation(self.size)
        return (Key(self.epoch, int(index)) for index in order)


class OrderedKeys(Sampler[Key]):
    """The keys of all clips in order, nothing random.

    Parameters
    ----------
    size : number of clips.
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Key]:
        return (Key(-1, index) for index in range(self.size))


def training_loader(
    dataset: ClipDataset, batch_size: int, workers: int, epoch: int = 0
) -> DataLoader[ClipBatch]:
    """Shuffled batches of equal size from `epoch` on; what is left over comes in another epoch."""
    return _loader(
        dataset,
        ShuffledKeys(len(dataset), dataset.seed, epoch),
        batch_size,
        workers,
        drop_last=len(dataset) > batch_size,
    )


def validation_loader(dataset: ClipDataset, batch_size: int, workers: int) -> DataLoader[ClipBatch]:
    """All clips in order."""
    return _loader(dataset, OrderedKeys(len(dataset)), batch_size, workers, drop_last=False)


def _loader(
    dataset: ClipDataset, keys: Sampler[Key], batch_size: int, workers: int, *, drop_last: bool
) -> DataLoader[ClipBatch]:
    loader: DataLoader[ClipBatch] = DataLoader(
        dataset,  # type: ignore[arg-type] # the items become batches in collate
        batch_size,
        sampler=keys,
        drop_last=drop_last,
        collate_fn=dataset.collate,
        num_workers=workers,
        persistent_workers=workers > 0,
    )
    return loader
