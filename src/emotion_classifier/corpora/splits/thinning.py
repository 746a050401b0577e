"""A training part with few clips of some emotions, as in corpora where these are rare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from emotion_classifier.corpora.splits.split import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError, abridged


def thin_training(
    split: Split,
    utterances: Sequence[Utterance],
    shares: Mapping[str, float],
    generator: np.random.Generator,
) -> Split:
    """The split with a share of the training clips of some emotions; the other parts are unchanged.

    Clips are drawn without regard to the speaker, one at least of each emotion. Those that are not
    drawn are left out with the reason.

    Parameters
    ----------
    shares : emotion → share of its training clips that is kept.

    Raises
    ------
    SplitError
        An emotion that the training part does not have.
    """
    training = split.select(sorted(utterances, key=lambda u: u.id), "train")
    known = {u.emotion for u in training}
    if unknown := sorted(set(shares) - known):
        raise SplitError(
            f"training_shares names {', '.join(unknown)}, but the training part has "
            f"{abridged(sorted(known), 20)}: name one of these"
        )
    dropped: dict[str, str] = {}
    notes = []
    for emotion, share in sorted(shares.items()):
        clips = [u.id for u in training if u.emotion == emotion]
        kept = max(1, round(share * len(clips)))
        drawn = set(generator.permutation(len(clips))[:kept].tolist())
        reason = f"training_shares: {share:g} of {emotion}"
        dropped |= {clip: reason for index, clip in enumerate(clips) if index not in drawn}
        notes.append(f"{emotion} was made rare: {kept} of {len(clips)} training clips are used")
    return replace(
        split,
        parts={clip: part for clip, part in split.parts.items() if clip not in dropped},
        left_out={**split.left_out, **dropped},
        notes=(*split.notes, *notes),
    )
