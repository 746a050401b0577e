"""Cached clips as training hears them.

An item is a pure function of the seed, the epoch, its index and its repeat: the sampler hands them
over, so the same epoch gives the same audio with any number of workers, and after an interruption.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from emotion_classifier.audio.cache import CachedClip
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.models.input import ModelInput
from emotion_classifier.training.balancing import Sampling
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
    """

    waveforms: torch.Tensor
    lengths: torch.Tensor
    targets: torch.Tensor
    speakers: torch.Tensor


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
    ) -> None:
        self.clips = tuple(clips)
        self.targets = targets
        self.model_input = model_input
        self.seed = seed
        self.speakers = tuple(speakers)
        self.corpora = tuple(corpora)
        self.augment = augment
        places = {speaker: place for place, speaker in enumerate(speaker_order)}
        self.speaker_places = np.array([places[name] for name in speakers], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, key: Key) -> Item:
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

    def collate(self, items: list[Item]) -> ClipBatch:
        """Items as one batch."""
        waveforms, lengths = self.model_input.batch([item.samples for item in items])
        clips = [item.clip for item in items]
        return ClipBatch(
            torch.from_numpy(waveforms),
            torch.from_numpy(lengths),
            torch.from_numpy(self.targets[clips]),
            torch.from_numpy(self.speaker_places[clips]),
        )


class ShuffledKeys(Sampler[Key]):
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
    dataset: ClipDataset, sampling: Sampling, batch_size: int, workers: int, epoch: int = 0
) -> DataLoader[ClipBatch]:
    """Shuffled batches of equal size from `epoch` on; what is left over comes in another epoch."""
    return _loader(
        dataset,
        ShuffledKeys(sampling, dataset.seed, epoch),
        batch_size,
        workers,
        drop_last=len(sampling) > batch_size,
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
