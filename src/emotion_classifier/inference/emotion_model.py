"""A trained model as a function: emotion probabilities of windows and clips.

A window is prepared as a training clip is: silence at both ends is trimmed. The rest may be longer than
the clips that the model was trained on (3 s of a window of 5 s), so it is covered by as few evenly
spaced crops of that duration as possible, whose probabilities are averaged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.errors import AudioError, ModelFolderError
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.model_folder.adaptation import Adaptation
from emotion_classifier.model_folder.folder import SPECIFICATION, graph_file, read_specification
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.model_folder.speaker_statistics import ClipStatistics
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.units import Seconds, to_samples

Logits: TypeAlias = npt.NDArray[np.float32]
Probabilities: TypeAlias = npt.NDArray[np.float32]
Statistics: TypeAlias = npt.NDArray[np.float32]
"""(2, feature): mean and deviation of a speaker's features."""

_BATCH = 16


class Runtime(Protocol):
    """Logits of waveforms; for the methods see `OnnxRuntime`."""

    @property
    def emotions(self) -> int:
        """Number of emotions."""

    @property
    def uses_speaker_statistics(self) -> bool:
        """Whether logits depend on the statistics of each clip's speaker."""

    @property
    def size_bytes(self) -> int | None:
        """Size of the graph with its weights; None where it is not one graph."""

    def check(self, waveforms: Samples, lengths: npt.NDArray[np.int64]) -> None:
        """Raise `ModelFolderError` unless the logits of a batch can be computed."""

    def logits(
        self,
        waveforms: Samples,
        lengths: npt.NDArray[np.int64],
        statistics: Statistics | None = None,
    ) -> Logits:
        """Logits (batch, emotion) of `waveforms` (batch, sample) with `lengths` (batch,)."""

    def clip_statistics(
        self, waveforms: Samples, lengths: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Statistics (batch, 2, feature) of each clip itself, and the frames (batch,) they are of."""


class EmotionModel:
    """A model folder, loaded; safe to use from several threads.

    Parameters
    ----------
    runtime : computes logits.
    specification : of the model.

    Raises
    ------
    ModelFolderError
        The graph has another number of emotions.
    """

    def __init__(self, runtime: Runtime, specification: ModelSpecification) -> None:
        if runtime.emotions != len(specification.emotions):
            raise ModelFolderError(
                f"the graph of {specification.name} has {runtime.emotions} emotions, and {SPECIFICATION} "
                f"{len(specification.emotions)}: copy the model folder again"
            )
        self.specification = specification
        self.labels: LabelSet = specification.labels
        self.input: ModelInput = specification.input.build()
        self.runtime = runtime

    @classmethod
    def load(cls, model: Path | str | None = None, *, threads: int = 0) -> EmotionModel:
        """The model in a model folder, in the run folder around it, or a bundled model.

        Parameters
        ----------
        model : a folder, or the name of a bundled model; None takes the bundled ``default``.
        threads : for onnxruntime; 0 takes one for each core.

        Raises
        ------
        ModelFolderError
            The folder is missing, incomplete or altered, leaves its encoder out, or has a graph that
            does not compute logits of its emotions.
        """
        folder = model_folder(model)
        specification = read_specification(folder)
        runtime = OnnxRuntime(graph_file(folder, specification), threads=threads)
        loaded = cls(runtime, specification)
        shortest = to_samples(specification.input.minimum_seconds, specification.input.sample_rate)
        tone = np.sin(np.arange(shortest, dtype=np.float32))
        runtime.check(*loaded.input.batch([tone]))
        return loaded

    def adapted(self, adaptation: Adaptation | None) -> EmotionModel:
        """The same model with another adaptation; None for none."""
        update = {"adaptation": adaptation}
        return EmotionModel(self.runtime, self.specification.model_copy(update=update))

    def threshold(self, uncertain_below: float | None, *, windows: int = 1) -> float:
        """Confidence below which a prediction is uncertain: the one given or the model's own.

        Means of several `windows` are distributed unlike the confidences of clips, so they have a
        threshold of their own.
        """
        if uncertain_below is not None:
            return uncertain_below
        fitted = self.specification.recording_uncertain_below
        if windows > 1 and fitted is not None:
            return fitted
        return self.specification.uncertain_below

    def prediction(
        self,
        probabilities: Probabilities | None,
        duration_seconds: Seconds,
        *,
        speech_share: float | None,
        has_speech: bool,
        uncertain_below: float,
    ) -> Prediction:
        """A prediction with these values; uniform and not certain without probabilities (emotion,)."""
        if probabilities is None:
            emotions = len(self.labels)
            probabilities, uncertain_below = np.full(emotions, 1.0 / emotions, np.float32), 1.0
        return Prediction(
            self.labels, probabilities, duration_seconds, speech_share, uncertain_below, has_speech
        )

    def window_probabilities(
        self, windows: Sequence[Samples], statistics: Statistics | None = None
    ) -> list[Probabilities | None]:
        """Probabilities (emotion,) of windows (sample,) at the model's rate.

        None where a window is silent or its sound is too short.

        Parameters
        ----------
        statistics : of the speaker of all windows; None takes those of each crop itself.
        """
        crops = [self._window_crops(window) for window in windows]
        return [
            mean_probabilities(logits, self.specification.temperature) if len(logits) else None
            for logits in self._logits_of_groups(crops, [statistics] * len(crops))
        ]

    def window_logits(self, windows: Sequence[Samples]) -> list[Logits]:
        """Mean logits (emotion,) of the crops of each window (sample,) that is long enough and not silent."""
        crops = [found for window in windows if (found := self._window_crops(window))]
        logits = self._logits_of_groups(crops, [None] * len(crops))
        return [group.mean(0) for group in logits]

    def crop_logits(
        self, clips: Sequence[Samples], statistics: Sequence[Statistics] | None = None
    ) -> list[Logits]:
        """Logits (crop, emotion) of the crops that cover each prepared clip (sample,).

        Parameters
        ----------
        statistics : of each clip's speaker; None takes those of each crop itself.
        """
        crops = [self.input.crops(clip) for clip in clips]
        return self._logits_of_groups(crops, statistics or [None] * len(crops))

    def window_statistics(self, windows: Sequence[Samples]) -> list[ClipStatistics]:
        """Statistics of all crops of windows, for a model that uses those of speakers."""
        crops = [crop for window in windows for crop in self._window_crops(window)]
        found: list[ClipStatistics] = []
        for start in range(0, len(crops), _BATCH):
            batch = self.input.batch(crops[start : start + _BATCH])
            rows = zip(*self.runtime.clip_statistics(*batch), strict=True)
            found += [ClipStatistics(*row) for row in rows]
        return found

    def _window_crops(self, window: Samples) -> list[Samples]:
        try:
            return self.input.window_crops(window)
        except AudioError:
            return []

    def _logits_of_groups(
        self, groups: Sequence[list[Samples]], statistics: Sequence[Statistics | None]
    ) -> list[Logits]:
        """Logits (crop, emotion) of each group of crops, which do not depend on the other groups.

        Only crops of one length share a batch: padding would change the last digits.
        """
        by_length: defaultdict[tuple[int, bool], list[tuple[int, int]]] = defaultdict(list)
        for group, (crops, known) in enumerate(zip(groups, statistics, strict=True)):
            for place, crop in enumerate(crops):
                by_length[len(crop), known is None].append((group, place))
        found = [np.zeros((len(crops), len(self.labels)), np.float32) for crops in groups]
        for places in by_length.values():
            for start in range(0, len(places), _BATCH):
                batch = places[start : start + _BATCH]
                rows = self._logits(
                    [groups[group][place] for group, place in batch],
                    [statistics[group] for group, _ in batch],
                )
                for (group, place), row in zip(batch, rows, strict=True):
                    found[group][place] = row
        return found

    def _logits(self, crops: list[Samples], statistics: list[Statistics | None]) -> Logits:
        known = [one for one in statistics if one is not None]
        batch = self.input.batch(crops)
        logits = self.runtime.logits(*batch, np.stack(known) if known else None)
        adaptation = self.specification.adaptation
        return logits if adaptation is None else adaptation.apply(logits)


def mean_probabilities(logits: Logits, temperature: float) -> Probabilities:
    """Mean (emotion,) of the probabilities of crops with these `logits` (crop, emotion)."""
    mean: Probabilities = softmax(logits / temperature).mean(axis=0, dtype=np.float32)
    return mean


def softmax(logits: Logits) -> Probabilities:
    """Probabilities (..., emotion) of `logits` (..., emotion)."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    result: Probabilities = powers / powers.sum(-1, keepdims=True)
    return result
