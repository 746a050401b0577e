"""Results of the ONNX graphs of emotion models and voice activity detectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.inference.onnx_session import OnnxSession

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
        onnxruntime cannot load the graph.
    """

    def __init__(self, graph: Path, *, threads: int = 0) -> None:
        self._session = OnnxSession(graph, threads=threads, remedy="Copy the model folder again.")
        shapes = self._session.input_shapes
        self._features: int | None = shapes["statistics"][2] if "statistics" in shapes else None

    @property
    def uses_speaker_statistics(self) -> bool:
        """Whether logits depend on the statistics of each clip's speaker."""
        return self._features is not None

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
        (logits,) = self._run(["logits"], waveforms, lengths, statistics)
        result: npt.NDArray[np.float32] = logits
        return result

    def clip_statistics(
        self, waveforms: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Statistics (batch, 2, feature) of each clip itself, and the frames (batch,) they are of.

        For a model that uses statistics of speakers; see `model_folder.speaker_statistics` for those of a speaker.
        """
        statistics, frames = self._run(["clip_statistics", "frames"], waveforms, lengths, None)
        return statistics, frames

    def _run(
        self,
        outputs: list[str],
        waveforms: npt.NDArray[np.float32],
        lengths: npt.NDArray[np.int64],
        statistics: npt.NDArray[np.float32] | None,
    ) -> list[Any]:
        feeds: dict[str, npt.NDArray[Any]] = {"waveforms": waveforms, "lengths": lengths}
        if self._features is not None:
            unknown = np.zeros((len(lengths), 2, self._features), np.float32)
            feeds["statistics"] = unknown if statistics is None else statistics
        return self._session.run(outputs, feeds)


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
        shapes = self._session.input_shapes
        self._state_shapes = (shapes["h"], shapes["c"])

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
