"""A split that ignores speakers, to demonstrate the effect of a leak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from emotion_classifier.corpora.splits.settings import FractionSettings
from emotion_classifier.corpora.splits.split import Part, Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import LeakError


class RandomClipsConfig(FractionSettings):
    """Clips drawn at random regardless of speaker: the scores are too good, and every report warns."""

    kind: Literal["random_clips"] = "random_clips"
    """Ignores speakers; needs `allow_leak: true`."""

    def assign(self, utterances: Sequence[Utterance], generator: np.random.Generator) -> Split:
        """The split of one corpus."""
        if not self.allow_leak:
            raise LeakError(
                "a split of kind random_clips puts the same speakers into all parts, and a speaker "
                "may be in one part only: use kind speakers for an honest score, or set "
                "allow_leak: true to measure the effect of the leak (every report is marked)"
            )
        return split_random_clips(utterances, self.fractions, generator)


def split_random_clips(
    utterances: Sequence[Utterance],
    fractions: tuple[float, float, float],
    generator: np.random.Generator,
) -> Split:
    """Parts of the given sizes, drawn without regard to the speaker."""
    order = generator.permutation(len(utterances))
    first = round(fractions[0] * len(order))
    second = round((fractions[0] + fractions[1]) * len(order))
    drawn: tuple[tuple[Part, slice], ...] = (
        ("train", slice(first)),
        ("validation", slice(first, second)),
        ("test", slice(second, None)),
    )
    return Split({utterances[i].id: part for part, positions in drawn for i in order[positions]})
