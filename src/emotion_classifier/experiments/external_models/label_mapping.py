"""From the scores of the labels of an external model to logits of emotions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from emotion_classifier.emotions import LabelSet, canonical_name
from emotion_classifier.errors import LabelError

_LOWEST = 1e-30


@dataclass(frozen=True)
class LabelMapping:
    """The emotion of each label.

    Parameters
    ----------
    labels : emotions, canonical ones first.
    columns : of each emotion, the indices of its labels.
    """

    labels: LabelSet
    columns: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, names: Sequence[str], emotions: Mapping[str, str | None]) -> Self:
        """The mapping of labels in the order of the scores.

        Parameters
        ----------
        emotions : label → emotion, or None for a label that is left out; the others have the emotion
            that they are a common name of.

        Raises
        ------
        LabelError
            A label without an emotion, a name that is no label, or fewer than two emotions.
        """
        if unknown := [name for name in emotions if name not in names]:
            raise LabelError(
                f"emotions maps {unknown[0]!r}, which is no label of the model: these are {', '.join(names)}"
            )
        meanings = {name: emotions.get(name, canonical_name(name)) for name in names}
        lost = [name for name in names if meanings[name] is None and name not in emotions]
        if lost:
            raise LabelError(
                f"the labels {', '.join(lost)} are no common names of emotions: map them in the settings "
                f"file of the model, for example `emotions: {{{lost[0]}: angry}}`, or to null to leave "
                "them out"
            )
        labels = LabelSet.ordered(emotion for emotion in meanings.values() if emotion is not None)
        columns = tuple(
            tuple(place for place, name in enumerate(names) if meanings[name] == emotion)
            for emotion in labels
        )
        return cls(labels, columns)

    def logits(self, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Logits (batch, emotion) of logits (batch, label): probabilities of one emotion are added."""
        highest = scores.max(axis=1, keepdims=True)
        powers = np.exp((scores - highest).astype(np.float64))
        sums = np.stack([powers[:, list(own)].sum(axis=1) for own in self.columns], axis=1)
        logits: npt.NDArray[np.float32] = np.log(np.maximum(sums, _LOWEST)).astype(np.float32)
        logits += highest
        return logits


def log_probabilities(probabilities: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Logits (batch, label) of probabilities (batch, label), of which zero is the lowest."""
    logits: npt.NDArray[np.float32] = np.log(np.maximum(probabilities, _LOWEST)).astype(np.float32)
    return logits
