"""Results of the ONNX graphs of emotion models and voice activity detectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.inference.onnx_session import OnnxSession

RUN_LIMIT_SECONDS = 600.0
"""Longest computation of a batch: endless for a broken graph, far above that of the largest encoder."""
_CHECK_LIMIT_SECONDS = 60.0
_FLOATS, _INTEGERS = "tensor(float)", "tensor(int64)"
# name of an input → its type and number of axes
_INPUTS = {"waveforms": (_FLOATS, 2), "lengths": (_INTEGERS, 1)}
_SPEAKER_INPUTS = {**_INPUTS, "statistics": (_FLOATS, 3)}
_REMEDY = "Copy the model folder again, or export the model again."

FrameState: TypeAlias = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""State of a recurrent graph after the frames so far: hidden state and cell."""


class OnnxRuntime:
    """Logits of batches of waveforms, from the graph in a model folder.

    Parameters
    ----------
    graph : the ``.onnx`` file.
    threads : that onnxruntime may use; 0 takes one for each core.

    Raises
    ------
    ModelFolderError
        onnxruntime cannot load the graph, or it is not that of an emotion model. Every other method
        raises it where the graph cannot be run, or its results are not finite numbers of that shape.
    """

    def __init__(self, graph: Path, *, threads: int = 0) -> None:
        self._graph = graph
        self._session = OnnxSession(graph, threads=threads, remedy=_REMEDY)
        self._features = self._speaker_features()
        self.emotions = self._size("logits", axes=2)

    @property
    def size_bytes(self) -> int:
        """Size of the graph with its weights, which may be in a file of their own."""
        files = (self._graph, self._graph.with_name(f"{self._graph.name}.data"))
        return sum(file.stat().st_size for file in files if file.is_file())

    @property
    def uses_speaker_statistics(self) -> bool:
        """Whether logits depend on the statistics of each clip's speaker."""
        return self._features is not None

    def check(self, waveforms: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]) -> None:
        """Raise `ModelFolderError` unless the logits of a batch are computed within a minute."""
        self._logits(waveforms, lengths, None, _CHECK_LIMIT_SECONDS)

    def logits(
        self,
        waveforms: npt.NDArray[np.float32],
        lengths: npt.NDArray[np.int64],
        statistics: npt.NDArray[np.float32] | None = None,
    ) -> npt.NDArray[np.float32]:
        """Logits (batch, emotion) of `waveforms` (batch, sample) with `lengths` (batch,).

        Parameters
        ----------
        waveforms, lengths : a padded batch.
        statistics : (batch, 2, feature) mean and deviation of each clip's speaker, for a model that
            uses them; None takes those of the clip itself.
        """
        return self._logits(waveforms, lengths, statistics, RUN_LIMIT_SECONDS)

    def clip_statistics(
        self, waveforms: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Statistics (batch, 2, feature) of each clip itself, and the frames (batch,) they are of.

        For a model that uses statistics of speakers; see `model_folder.speaker_statistics` for those of a speaker.
        """
        outputs = ["clip_statistics", "frames"]
        statistics, frames = self._run(outputs, waveforms, lengths, None, RUN_LIMIT_SECONDS)
        self._require(statistics, (len(lengths), 2, self._features), np.float32)
        self._require(frames, (len(lengths),), np.int64)
        return statistics, frames

    def _logits(
        self,
        waveforms: npt.NDArray[np.float32],
        lengths: npt.NDArray[np.int64],
        statistics: npt.NDArray[np.float32] | None,
        limit_seconds: float,
    ) -> npt.NDArray[np.float32]:
        logits: npt.NDArray[np.float32]
        (logits,) = self._run(["logits"], waveforms, lengths, statistics, limit_seconds)
        self._require(logits, (len(lengths), self.emotions), np.float32)
        return logits

    def _run(
        self,
        outputs: list[str],
        waveforms: npt.NDArray[np.float32],
        lengths: npt.NDArray[np.int64],
        statistics: npt.NDArray[np.float32] | None,
        limit_seconds: float,
    ) -> list[Any]:
        feeds: dict[str, npt.NDArray[Any]] = {"waveforms": waveforms, "lengths": lengths}
        if self._features is not None:
            unknown = np.zeros((len(lengths), 2, self._features), np.float32)
            feeds["statistics"] = unknown if statistics is None else statistics
        return self._session.run(outputs, feeds, limit_seconds=limit_seconds)

    def _speaker_features(self) -> int | None:
        """Number of features in statistics of speakers; None for a model that uses none."""
        inputs = self._session.inputs
        found = {name: (value.type, len(value.shape)) for name, value in inputs.items()}
        is_fixed = any(isinstance(value.shape[0], int) for value in inputs.values() if value.shape)
        if is_fixed or found not in (_INPUTS, _SPEAKER_INPUTS):
            raise self._error(f"its inputs are {inputs}, and {_INPUTS} of any batch is expected")
        return self._size("clip_statistics", axes=3) if "statistics" in inputs else None

    def _size(self, output: str, *, axes: int) -> int:
        """Size of the last axis of an output."""
        value = self._session.outputs.get(output)
        size = value.shape[-1] if value is not None and len(value.shape) == axes else None
        if not isinstance(size, int):
            raise self._error(f"it has no output {output} with {axes} axes and a fixed last one")
        return size

    def _require(self, array: npt.NDArray[Any], shape: tuple[int | None, ...], dtype: type) -> None:
        if array.shape != shape or array.dtype != dtype:
            raise self._error(f"it returned {array.dtype} {array.shape} instead of {shape}")
        if not np.isfinite(array).all():
            raise self._error("it returned values that are not finite numbers")

    def _error(self, reason: str) -> ModelFolderError:
        return ModelFolderError(
            f"{self._graph} is not the graph of an emotion model: {reason}. {_REMEDY}"
        )


class FrameRuntime:
    """Probabilities of the frames of a stream, from a recurrent graph; the caller holds its state.

    Parameters
    ----------
    graph : an ``.onnx`` file with the inputs ``input`` (frame, sample), ``h`` and ``c``, and the
        outputs ``speech_probs`` (frame,), ``hn`` and ``cn``. It runs in one thread.

    Raises
    ------
    ModelFolderError
        onnxruntime cannot load the graph.
    """

    def __init__(self, graph: Path) -> None:
        self._session = OnnxSession(graph, threads=1, remedy="Install emotion_classifier again.")
        inputs = self._session.inputs
        self._state_shapes = (inputs["h"].shape, inputs["c"].shape)

    def first_state(self) -> FrameState:
        """The state before the first frame."""
        hidden, cell = (np.zeros(shape, np.float32) for shape in self._state_shapes)
        return hidden, cell

    def probabilities(
        self, frames: npt.NDArray[np.float32], state: FrameState
    ) -> tuple[npt.NDArray[np.float32], FrameState]:
        """Probabilities (frame,) of `frames` (frame, sample), and the state after them."""
        feeds = {"input": frames, "h": state[0], "c": state[1]}
        probabilities, hidden, cell = self._session.run(["speech_probs", "hn", "cn"], feeds)
        return probabilities, (hidden, cell)
