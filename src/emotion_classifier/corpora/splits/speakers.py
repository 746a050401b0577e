"""Speaker-independent split by fractions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from emotion_classifier.corpora.splits.balance import assign_groups, strata
from emotion_classifier.corpora.splits.settings import FractionSettings
from emotion_classifier.corpora.splits.split import PARTS, Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError, abridged


class SpeakersConfig(FractionSettings):
    """Every speaker in one part only; sex and emotion balanced as far as whole speakers allow."""

    kind: Literal["speakers"] = "speakers"
    """Speaker-independent, by fractions."""

    def assign(self, utterances: Sequence[Utterance], generator: np.random.Generator) -> Split:
        """The split of one corpus."""
        return split_speakers(utterances, self.fractions, generator)


def split_speakers(
    utterances: Sequence[Utterance],
    fractions: tuple[float, float, float],
    generator: np.random.Generator,
) -> Split:
    """Speaker-independent train, validation and test parts of the given sizes.

    Raises
    ------
    SplitError
        Fewer than three speakers.
    """
    part_of = assign_speakers(utterances, fractions, generator, purpose="three parts")
    return Split({u.id: PARTS[part_of[u.speaker_id]] for u in utterances})


def split_train_validation(
    utterances: Sequence[Utterance],
    validation_fraction: float,
    generator: np.random.Generator,
    *,
    purpose: str,
) -> Split:
    """Train and validation part of at least one speaker each; for `purpose` see `assign_speakers`.

    Raises
    ------
    SplitError
        Fewer than two speakers.
    """
    fractions = (1.0 - validation_fraction, validation_fraction)
    validates = assign_speakers(utterances, fractions, generator, purpose=purpose)
    return Split({u.id: "validation" if validates[u.speaker_id] else "train" for u in utterances})


def assign_speakers(
    utterances: Sequence[Utterance],
    fractions: Sequence[float],
    generator: np.random.Generator,
    *,
    purpose: str,
) -> dict[str, int]:
    """Speaker → index of the part; `purpose` names the parts in the error for too few speakers."""
    speakers = [u.speaker_id for u in utterances]
    distinct = sorted(set(speakers))
    if len(distinct) < len(fractions):
        raise SplitError(
            f"{len(distinct)} speakers ({abridged(distinct) or 'none'}) cannot fill {purpose}: "
            f"a speaker is in one part only, so at least {len(fractions)} are needed. Use a "
            "corpus with more speakers, or choose fewer parts"
        )
    return assign_groups(speakers, strata(utterances), fractions, generator)
