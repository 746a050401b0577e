"""The emotions of a model in order: the only owner of class indices."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import LabelError

CANONICAL_EMOTIONS = (
    "neutral",
    "calm",
    "happy",
    "sad",
    "angry",
    "fearful",
    "disgust",
    "surprised",
)

MAXIMUM_EMOTIONS = 1000

_ALIASES = {
    "anger": "angry",
    "ang": "angry",
    "fear": "fearful",
    "fea": "fearful",
    "happiness": "happy",
    "hap": "happy",
    "joy": "happy",
    "sadness": "sad",
    "neu": "neutral",
    "calmness": "calm",
    "dis": "disgust",
    "disgusted": "disgust",
    "surprise": "surprised",
    "sur": "surprised",
    "ps": "surprised",  # TESS: pleasant surprise
    "pleasant_surprise": "surprised",
    "pleasant_surprised": "surprised",
    "boredom": "bored",
}

Target: TypeAlias = Literal["intended", "perceived"]
"""Target of training: the emotion that the speaker intended, or the votes of listeners."""


@dataclass(frozen=True)
class LabelSet:
    """Emotion names in the order of a model's outputs.

    Raises
    ------
    LabelError
        Fewer than two names, more than `MAXIMUM_EMOTIONS`, a name twice, or an empty name.

    >>> LabelSet(("neutral", "happy")).index("happy")
    1
    """

    names: tuple[str, ...]
    _indices: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.names) < 2:
            raise LabelError(
                f"a classifier needs at least two emotions, got {list(self.names)}: "
                "add utterances of another emotion, or drop fewer"
            )
        if len(self.names) > MAXIMUM_EMOTIONS:
            raise LabelError(
                f"a classifier has at most {MAXIMUM_EMOTIONS} emotions, got {len(self.names)}: are "
                "these names of emotions?"
            )
        if len(set(self.names)) < len(self.names) or not all(self.names):
            raise LabelError(f"emotion names must be unique and not empty, got {list(self.names)}")
        object.__setattr__(self, "_indices", {name: i for i, name in enumerate(self.names)})

    @classmethod
    def ordered(cls, names: Iterable[str]) -> LabelSet:
        """The distinct `names`, canonical names first in their order, then the others by name."""
        distinct = set(names)
        canonical = [name for name in CANONICAL_EMOTIONS if name in distinct]
        return cls((*canonical, *sorted(distinct - set(CANONICAL_EMOTIONS))))

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self._indices

    def index(self, name: str) -> int:
        """Position of an emotion; `LabelError` suggests the nearest name."""
        try:
            return self._indices[name]
        except KeyError:
            near = difflib.get_close_matches(name, self.names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise LabelError(f"{name!r} is not one of {', '.join(self.names)}{hint}") from None

    def indices(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """Positions ``(name,)`` of several emotions."""
        return np.array([self.index(name) for name in names], dtype=np.int64)

    def distribution(self, shares: Mapping[str, float]) -> npt.NDArray[np.float32]:
        """Shares ``(emotion,)`` that sum to one; other names are left out.

        NaN if nothing is left.

        >>> LabelSet(("neutral", "happy")).distribution({"happy": 0.3, "neutral": 0.1, "sad": 0.6})
        array([0.25, 0.75], dtype=float32)
        """
        known = np.array([shares.get(name, 0.0) for name in self.names])
        return (known / (known.sum() or np.nan)).astype(np.float32)


def canonical_name(native: str) -> str | None:
    """The canonical emotion that `native` (any case) is a common name of, or None.

    >>> canonical_name("Anger")
    'angry'
    """
    name = native.strip().lower().replace(" ", "_").replace("-", "_")
    return name if name in CANONICAL_EMOTIONS else _ALIASES.get(name)
