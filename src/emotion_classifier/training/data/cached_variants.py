"""Augmented variants of the training clips on disk, so that each is computed once in a run.

For settings with `augmentation.views`, where epochs take the same variants in turn. A variant is a
function of seed, view and samples, so one that is missing or damaged is computed again.
"""

from __future__ import annotations

from torch.utils.data import Dataset

from emotion_classifier.audio.array_cache import ArrayCache, CachedArray
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import ClipBatch, Item, Key


class CachedVariants(Dataset[Item]):
    """Clips whose variants are read from the disk after their first occurrence.

    Parameters
    ----------
    clips : with `views`.
    cache : of this run alone: its keys are view and clip.
    """

    def __init__(self, clips: ClipDataset, cache: ArrayCache) -> None:
        self.clips = clips
        self.cache = cache
        self.seed = clips.seed
        self._found: dict[Key, CachedArray] = {}

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, key: Key) -> Item:
        variant = self.clips.variant(key)
        if variant not in self._found:
            name = f"{variant.clip % 256:02x}-{variant.clip}-{variant.epoch}"
            self._found[variant] = self.cache.find(name) or self.cache.write(
                name, self.clips[variant].samples
            )
        return Item(self._found[variant].load(), variant)

    def length(self, key: Key) -> int:
        """Length of an item in samples; that of an augmented item is about this."""
        return self.clips.length(key)

    def collate(self, items: list[Item]) -> ClipBatch:
        """Items as one batch."""
        return self.clips.collate(items)
