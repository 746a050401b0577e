"""Cached clips as training hears them.

An item is a pure function of the seed, the epoch, its index and its repeat: the sampler hands them
over, so the same epoch gives the same audio with any number of workers, and after an interruption.
"""

from __future__ import annotations

import copy
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import BatchSampler, DataLoader, Dataset, Sampler

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.audio.waveform_cache import CachedClip
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.training.data.distributed_batches import Batches, DistributedBatchSampler
from emotion_classifier.training.data.length_batching import BucketBatchSampler, SortedBatchSampler
from emotion_classifier.training.sampling import Sampling
from emotion_classifier.units import to_samples

Augment: TypeAlias = Callable[[Samples, int, np.random.Generator], Samples]


class ClipBatch(NamedTuple):
    """Clips of one step.

    Parameters
    ----------
    waveforms : (batch, sample) float32, zeros behind each clip's end.
    lengths : (batch,) int64, in samples.
    targets : (batch, emotion) float32, a distribution for each clip.
    speakers : (batch,) int64, index of each clip's speaker in the run's order of them.
    clips : (batch,) int64, index of each clip in its part.
    """

    waveforms: torch.Tensor
    lengths: torch.Tensor
    targets: torch.Tensor
    speakers: torch.Tensor
    clips: torch.Tensor


class Key(NamedTuple):
    """What an item is made from; the epoch is -1 where nothing is random.

    Parameters
    ----------
    epoch : the first is 0.
    clip : index.
    repeat : how often the epoch has held the clip before.
    """

    epoch: int
    clip: int
    repeat: int = 0


class Item(NamedTuple):
    """One clip: its waveform (sample,) and its index."""

    samples: Samples
    clip: int


class Source(Protocol):
    """Clips that loaders make batches of: waveforms, or what a frozen encoder made of them."""

    seed: int

    def __len__(self) -> int:
        """Number of clips."""

    def length(self, key: Key) -> int:
        """How long an item is."""

    def collate(self, items: list[Any]) -> Any:
        """Items as one batch."""


class ClipDataset(Dataset[Item]):
    """Clips and what is known about them.

    Parameters
    ----------
    clips : prepared waveforms on disk.
    targets : (clip, emotion) float32, a distribution for each clip; one-hot for hard labels.
    model_input : how they are cropped and batched.
    seed : of the run.
    speakers : (clip,) identities, unique over all corpora.
    corpora : (clip,) names.
    speaker_order : the speakers of all parts of the run, those of the training part first.
    augment : new samples from a clip's whole waveform (to be left as it is), its index and the
        item's own generator, before the crop; for random items only. None for none.
    views : how many variants of a clip there are, which epochs hear in turn: those that the first
        epochs would draw. None draws anew in every epoch; 0 always takes the middle of the clip.
    """

    def __init__(
        self,
        clips: Sequence[CachedClip],
        targets: npt.NDArray[np.float32],
        model_input: ModelInput,
        seed: int,
        *,
        speakers: Sequence[str],
        corpora: Sequence[str],
        speaker_order: Sequence[str],
        augment: Augment | None = None,
        views: int | None = None,
    ) -> None:
        self.clips = tuple(clips)
        self.targets = targets
        self.model_input = model_input
        self.seed = seed
        self.speakers = tuple(speakers)
        self.corpora = tuple(corpora)
        self.augment = augment
        self.views = views
        places = {speaker: place for place, speaker in enumerate(speaker_order)}
        self.speaker_places = np.array([places[name] for name in speakers], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, key: Key) -> Item:
        key = self.variant(key)
        samples = self.clips[key.clip].samples()
        if key.epoch < 0:
            return Item(self.model_input.centre(samples), key.clip)
        generator = np.random.default_rng((self.seed, *key))
        if self.augment is not None:
            samples = self._long_enough(self.augment(samples, key.clip, generator))
        return Item(self.model_input.anywhere(samples, generator), key.clip)

    def _long_enough(self, samples: Samples) -> Samples:
        """`samples`, followed by zeros where an augmentation made them too short for the model."""
        least = to_samples(self.model_input.minimum_seconds, self.model_input.sample_rate)
        return np.pad(samples, (0, least - len(samples))) if len(samples) < least else samples

    def variant(self, key: Key) -> Key:
        """The key that says what an item really is made from: equal ones, equal audio."""
        if key.epoch < 0 or self.views == 0:
            return Key(-1, key.clip)
        if self.views is None:
            return key
        return Key((key.epoch + key.repeat) % self.views, key.clip)

    def fixed_variants(self) -> list[Key]:
        """All variants of all clips, their middles where `views` gives none."""
        views = range(self.views) if self.views else (-1,)
        return [Key(view, clip) for clip in range(len(self)) for view in views]

    def centred(self) -> ClipDataset:
        """The same clips, of which training hears the middle in every epoch."""
        other = copy.copy(self)
        other.views = 0
        return other

    def length(self, key: Key) -> int:
        """Samples of an item, before an augmentation makes it longer or shorter."""
        model_input = self.model_input
        longest = to_samples(model_input.seconds, model_input.sample_rate)
        return min(self.clips[key.clip].sample_count, longest)

    def collate(self, items: list[Item]) -> ClipBatch:
        """Items as one batch."""
        waveforms, lengths = self.model_input.batch([item.samples for item in items])
        return ClipBatch(
            torch.from_numpy(waveforms),
            torch.from_numpy(lengths),
            *self.facts([item.clip for item in items]),
        )

    def facts(self, clips: list[int]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Targets, speakers and indices of clips, as in `ClipBatch`."""
        return (
            torch.from_numpy(self.targets[clips]),
            torch.from_numpy(self.speaker_places[clips]),
            torch.tensor(clips),
        )


class ShuffledSampler(Sampler[Key]):
    """The keys of one epoch, which depend on seed and epoch only.

    Parameters
    ----------
    sampling : which clips an epoch holds.
    seed : of the run.
    epoch : to begin with. Workers fetch its first clips before Lightning tells the epoch.
    """

    def __init__(self, sampling: Sampling, seed: int, epoch: int = 0) -> None:
        self.sampling = sampling
        self.seed = seed
        self.epoch = epoch

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.sampling)

    def __iter__(self) -> Iterator[Key]:
        drawn = self.sampling.draw(np.random.default_rng((self.seed, self.epoch)))
        return _counted(self.epoch, drawn.tolist())


def _counted(epoch: int, clips: Sequence[int]) -> Iterator[Key]:
    heard = Counter[int]()
    for clip in clips:
        yield Key(epoch, clip, heard[clip])
        heard[clip] += 1


class SequentialSampler(Sampler[Key]):
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
    dataset: Source,
    sampling: Sampling,
    batch_size: int,
    workers: int,
    epoch: int = 0,
    *,
    bucketed: bool = False,
    rank: int = 0,
    world_size: int = 1,
) -> DataLoader[Any]:
    """Shuffled batches of equal size from `epoch` on; what is left over comes in another epoch.

    Parameters
    ----------
    batch_size : of all processes together.
    bucketed : whether the clips of a batch are of similar length.
    rank, world_size : of this process, which loads its part of each batch.
    """
    keys = ShuffledSampler(sampling, dataset.seed, epoch)
    batches: Batches = (
        BucketBatchSampler(keys, dataset.length, batch_size)
        if bucketed
        else BatchSampler(keys, batch_size, drop_last=len(sampling) > batch_size)  # type: ignore[arg-type] # typed for numbers
    )
    return _loader(
        dataset, workers, DistributedBatchSampler(batches, rank, world_size, equally=True)
    )


def validation_loader(
    dataset: Source,
    batch_size: int,
    workers: int,
    *,
    bucketed: bool = False,
    rank: int = 0,
    world_size: int = 1,
) -> DataLoader[Any]:
    """All clips, in order or, `bucketed`, with those of similar length in a batch."""
    keys = SequentialSampler(len(dataset))
    batches: Batches = (
        SortedBatchSampler(keys, dataset.length, batch_size)
        if bucketed
        else BatchSampler(keys, batch_size, drop_last=False)  # type: ignore[arg-type] # typed for numbers
    )
    return _loader(
        dataset, workers, DistributedBatchSampler(batches, rank, world_size, equally=False)
    )


def _loader(dataset: Source, workers: int, batches: DistributedBatchSampler) -> DataLoader[Any]:
    return DataLoader(
        dataset,  # type: ignore[arg-type] # the items become batches in collate
        batch_sampler=batches,
        collate_fn=dataset.collate,
        num_workers=workers,
        persistent_workers=workers > 0,
        worker_init_fn=_expect_interruptions,
    )


def _expect_interruptions(worker: int) -> None:
    """Have a worker say nothing where the process it works for goes away in mid-batch.

    That one tells of Ctrl-C itself; a thread of multiprocessing in the worker, which hands over the
    batches, would print a traceback beside it.
    """
    usual = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, EOFError | OSError):
            usual(kind, error, trace)

    sys.excepthook = hook
