"""What the runtimes of external models have in common: clips are predicted one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.experiments.external_models.label_mapping import LabelMapping


class ClipByClip(ABC):
    """The runtime of an `EmotionModel` whose scores are computed for one clip at a time.

    A batch would pad shorter clips, which external models need not mask.
    """

    uses_speaker_statistics = False
    size_bytes = None

    @property
    @abstractmethod
    def mapping(self) -> LabelMapping:
        """The emotions of the labels."""

    @abstractmethod
    def _row(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Logits (1, label) of a waveform (sample,)."""

    @property
    def emotions(self) -> int:
        """Number of emotions."""
        return len(self.mapping.labels)

    def check(self, waveforms: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]) -> None:
        """Raise `ModelFolderError` unless the logits of a batch can be computed."""
        self.logits(waveforms, lengths)

    def logits(
        self,
        waveforms: npt.NDArray[np.float32],
        lengths: npt.NDArray[np.int64],
        statistics: npt.NDArray[np.float32] | None = None,
    ) -> npt.NDArray[np.float32]:
        """Logits (batch, emotion) of `waveforms` (batch, sample) with `lengths` (batch,)."""
        rows = [self._row(row[:length]) for row, length in zip(waveforms, lengths, strict=True)]
        return self.mapping.logits(np.concatenate(rows))

    def clip_statistics(
        self, waveforms: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Not available: an external model uses no statistics of speakers."""
        raise ModelFolderError("an external model computes no statistics of speakers")
