"""Samplings: the clips of an epoch, balanced over groups or not.

Clips are balanced over *groups*: the combinations of the chosen properties that occur. With
``balance: [emotion, corpus]`` angry clips of one corpus are a group, angry clips of another are
another, and every group occurs equally often, so that neither the more frequent emotion nor the
larger corpus swamps the others. Multiplying a weight for each property instead would leave
both unequal wherever they depend on each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Annotated, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field

from emotion_classifier.config import StrictConfig

Indices: TypeAlias = npt.NDArray[np.int64]
BalanceKey: TypeAlias = Literal["emotion", "speaker", "corpus"]


class Sampling(Protocol):
    """Draws the clips of an epoch."""

    @property
    def expected(self) -> npt.NDArray[np.float64]:
        """Expected number of occurrences of each clip (clip,) in an epoch."""

    def __len__(self) -> int:
        """Clips in an epoch, repeats counted."""

    def draw(self, generator: np.random.Generator) -> Indices:
        """The clips of one epoch in their order."""


class EveryClipConfig(StrictConfig):
    """Every clip once in an epoch."""

    kind: Literal["none"] = "none"

    @property
    def balance(self) -> tuple[BalanceKey, ...]:
        """Nothing."""
        return ()

    def build(self, groups: Indices) -> EveryClip:
        """The sampling of clips in these groups."""
        return EveryClip(len(groups))


class WeightedConfig(StrictConfig):
    """As many draws as there are clips, with replacement, each group equally likely."""

    kind: Literal["weighted"] = "weighted"
    balance: Annotated[tuple[BalanceKey, ...], Field(min_length=1)] = ("emotion",)
    """Properties whose combinations occur equally often: emotion, speaker, corpus."""

    def build(self, groups: Indices) -> Weighted:
        """The sampling of clips in these groups."""
        return Weighted(groups)


class OversamplingConfig(StrictConfig):
    """Every clip at least once; those of smaller groups repeated up to the size of the largest."""

    kind: Literal["oversampling"] = "oversampling"
    balance: Annotated[tuple[BalanceKey, ...], Field(min_length=1)] = ("emotion",)
    """Properties whose combinations occur equally often: emotion, speaker, corpus."""

    def build(self, groups: Indices) -> Oversampling:
        """The sampling of clips in these groups."""
        return Oversampling(groups)


SamplingConfig = Annotated[
    EveryClipConfig | WeightedConfig | OversamplingConfig, Field(discriminator="kind")
]


def group_indices(size: int, *properties: Sequence[Hashable]) -> Indices:
    """The group (clip,) of each of `size` clips: a number for each combination that occurs."""
    if not properties:
        return np.zeros(size, dtype=np.int64)
    numbers: dict[tuple[Hashable, ...], int] = {}
    combinations = zip(*properties, strict=True)
    found = [numbers.setdefault(combination, len(numbers)) for combination in combinations]
    return np.array(found, dtype=np.int64)


class EveryClip:
    """See `EveryClipConfig`.

    Parameters
    ----------
    size : number of clips.
    """

    def __init__(self, size: int) -> None:
        self.expected = np.ones(size)

    def __len__(self) -> int:
        return len(self.expected)

    def draw(self, generator: np.random.Generator) -> Indices:
        """All clips in random order."""
        return generator.permutation(len(self))


class Weighted:
    """See `WeightedConfig`.

    Parameters
    ----------
    groups : (clip,) group of each clip, counted from zero.
    """

    def __init__(self, groups: Indices) -> None:
        sizes = np.bincount(groups)
        self.expected = len(groups) / (len(sizes) * sizes[groups])

    def __len__(self) -> int:
        return len(self.expected)

    def draw(self, generator: np.random.Generator) -> Indices:
        """As many clips as there are, some of them more than once."""
        return generator.choice(len(self), size=len(self), p=self.expected / self.expected.sum())


class Oversampling:
    """See `OversamplingConfig`.

    Parameters
    ----------
    groups : (clip,) group of each clip, counted from zero.
    """

    def __init__(self, groups: Indices) -> None:
        self._members = [np.flatnonzero(groups == group) for group in range(groups.max() + 1)]
        self._largest = max(map(len, self._members))
        self.expected = self._largest / np.bincount(groups)[groups]

    def __len__(self) -> int:
        return len(self._members) * self._largest

    def draw(self, generator: np.random.Generator) -> Indices:
        """Every clip as often as its group needs; clips that occur once more are drawn."""
        drawn = []
        for clips in self._members:
            times, rest = divmod(self._largest, len(clips))
            drawn += [np.repeat(clips, times), generator.choice(clips, rest, replace=False)]
        return generator.permutation(np.concatenate(drawn))
