"""Cached clips, cropped and augmented.

An item is a pure function of the run's seed and its `Key`, so an epoch has the same audio with any
number of workers, and after an interruption.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Dataset

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.audio.waveform_cache import CachedClip
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.training.data.items import ClipBatch, Item, Key
from emotion_classifier.units import to_samples

Augment: TypeAlias = Callable[[Samples, int, np.random.Generator], Samples]
AugmentedLength: TypeAlias = Callable[[int, int, np.random.Generator], int]


class ClipDataset(Dataset[Item]):
    """Clips with their targets, speakers and corpora.

    Parameters
    ----------
    clips : prepared waveforms on disk.
    targets : (clip, emotion) float32, a distribution for each clip; one-hot for hard labels.
    model_input : how they are cropped and batched.
    seed : of the run.
    speakers : (clip,) identities, unique over all corpora.
    corpora : (clip,) names.
    speaker_order : the speakers of all parts of the run, those of the training part first.
    augment : function from a clip's whole waveform, which it must not change, its index and the
        item's own generator to new samples, before the crop; for random items only.
    augmented_length : function from a clip's number of samples, its index and the item's own generator to
        about the number that `augment` makes of them; None takes it as unchanged.
    views : number of variants of a clip, which epochs take in turn, the same in all runs of a seed.
        None draws anew in every epoch; 0 always takes the middle of the clip.
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
        augmented_length: AugmentedLength | None = None,
        views: int | None = None,
    ) -> None:
        self.clips = tuple(clips)
        self.targets = targets
        self.soft_targets: npt.NDArray[np.float32] | None = None
        self.model_input = model_input
        self.seed = seed
        self.speakers = tuple(speakers)
        self.corpora = tuple(corpora)
        self.augment = augment
        self.augmented_length = augmented_length
        self.views = views
        indices = {speaker: index for index, speaker in enumerate(speaker_order)}
        self.speaker_indices = np.array([indices[name] for name in speakers], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, key: Key) -> Item:
        key = self.variant(key)
        samples = self.clips[key.clip].samples()
        if key.epoch < 0:
            return Item(self.model_input.centre(samples), key)
        generator = self._generator(key)
        if self.augment is not None:
            samples = self._padded(self.augment(samples, key.clip, generator))
        return Item(self.model_input.anywhere(samples, generator), key)

    def _generator(self, key: Key) -> np.random.Generator:
        """Of an item; that of a view depends on the clip's samples, so that folds share their views."""
        if self.views is None:
            return np.random.default_rng((self.seed, *key))
        digest = int(self.clips[key.clip].content_hash[:16], 16)
        return np.random.default_rng((self.seed, key.epoch, digest))

    def _padded(self, samples: Samples) -> Samples:
        """`samples`, with zeros behind them where augmentation made them too short for the model."""
        least = to_samples(self.model_input.minimum_seconds, self.model_input.sample_rate)
        return np.pad(samples, (0, least - len(samples))) if len(samples) < least else samples

    def variant(self, key: Key) -> Key:
        """The key of the item's variant: equal variants have equal audio."""
        if key.epoch < 0 or self.views == 0:
            return Key(-1, key.clip)
        if self.views is None:
            return key
        return Key((key.epoch + key.repeat) % self.views, key.clip)

    def fixed_variants(self) -> list[Key]:
        """All variants of all clips; their middles where `views` is 0 or None."""
        views = range(self.views) if self.views else (-1,)
        return [Key(view, clip) for clip in range(len(self)) for view in views]

    def centred(self) -> ClipDataset:
        """The same clips, cropped to the middle in every epoch."""
        other = copy.copy(self)
        other.views = 0
        return other

    def with_soft_targets(self, targets: npt.NDArray[np.float32]) -> ClipDataset:
        """The same clips, with other targets in their batches.

        Parameters
        ----------
        targets : (clip, view, emotion) float32, distributions; a single view where `views` is 0 or
            None. Sampling, class weights and priors still count `ClipDataset.targets`.
        """
        other = copy.copy(self)
        other.soft_targets = targets
        return other

    def length(self, key: Key) -> int:
        """Length of an item in samples; that of an augmented item is about this."""
        key = self.variant(key)
        model_input, length = self.model_input, self.clips[key.clip].sample_count
        if key.epoch >= 0 and self.augmented_length is not None:
            length = self.augmented_length(length, key.clip, self._generator(key))
        return min(length, to_samples(model_input.seconds, model_input.sample_rate))

    def collate(self, items: list[Item]) -> ClipBatch:
        """Items as one batch."""
        waveforms, lengths = self.model_input.batch([item.samples for item in items])
        return ClipBatch(
            torch.from_numpy(waveforms),
            torch.from_numpy(lengths),
            *self.labels([item.variant for item in items]),
        )

    def labels(self, variants: list[Key]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Targets, speakers and indices of variants of clips, as in `ClipBatch`."""
        clips = [variant.clip for variant in variants]
        targets = self.targets[clips]
        if self.soft_targets is not None:
            views = [variant.epoch if self.views else 0 for variant in variants]
            targets = self.soft_targets[clips, views]
        return (
            torch.from_numpy(targets),
            torch.from_numpy(self.speaker_indices[clips]),
            torch.tensor(clips),
        )
