"""Folds by speaker inside the training and validation part of a split; its test part stays outside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emotion_classifier.corpora.splits import Part, Split, find_leaks
from emotion_classifier.corpora.splits.speakers import assign_speakers
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError
from emotion_classifier.experiments.data.load import RunData


def inner_folds(data: RunData, split: Split, folds: int, seed: int) -> tuple[Split, ...]:
    """A split for each fold: a group of speakers validates, the others train, none is tested.

    The speakers of each corpus are divided apart, balanced by sex and emotion. A corpus without a
    validation part in `split` trains in every fold, as it does in the run.

    Raises
    ------
    SplitError
        A corpus has fewer speakers outside the test part than folds.
    """
    inner = [u for u in data.utterances if split.parts.get(u.id) in ("train", "validation")]
    validated = {u.corpus for u in inner if split.parts[u.id] == "validation"}
    fold_of: dict[str, int] = {}
    for corpus in sorted(validated):
        speakers = sorted((u for u in inner if u.corpus == corpus), key=lambda u: u.id)
        fold_of |= _folds_of_speakers(speakers, folds, seed)
    hashes = {name: clip.content_hash for name, clip in data.clips.items()}
    return tuple(
        _checked({u.id: _part(fold_of.get(u.speaker_id), fold) for u in inner}, inner, hashes)
        for fold in range(folds)
    )


def _folds_of_speakers(utterances: Sequence[Utterance], folds: int, seed: int) -> dict[str, int]:
    shares = [1.0 / folds] * folds
    purpose = f"{folds} inner folds outside the test part of {utterances[0].corpus}"
    return assign_speakers(utterances, shares, np.random.default_rng(seed), purpose=purpose)


def _part(own: int | None, fold: int) -> Part:
    return "validation" if own == fold else "train"


def _checked(parts: dict[str, Part], inner: Sequence[Utterance], hashes: dict[str, str]) -> Split:
    """The split; a recording in both parts is a remark, since it was in one part of the run."""
    emotions = {
        part: {u.emotion for u in inner if parts[u.id] == part} for part in ("train", "validation")
    }
    if unseen := sorted(emotions["validation"] - emotions["train"]):
        raise SplitError(
            f"{', '.join(unseen)} would be validated in an inner fold but not trained: take fewer or "
            "more folds, another seed, or drop the emotion with labels.emotions"
        )
    leaks = find_leaks(Split(parts), inner, hashes)
    return Split(parts, leaks=tuple(leak.message for leak in leaks))
