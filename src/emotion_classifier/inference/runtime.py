"""The only door to onnxruntime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from emotion_classifier.errors import ModelFolderError


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
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(graph), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's exceptions share no base but this
            reason = " ".join(str(error).split())
            raise ModelFolderError(
                f"{graph} cannot be loaded: {reason}. Copy the model folder again."
            ) from None

    def logits(
        self, waveforms: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        """Logits (batch, emotion) of `waveforms` (batch, sample) with `lengths` (batch,)."""
        feeds = {"waveforms": waveforms, "lengths": lengths}
        (logits,) = self._session.run(["logits"], feeds)
        result: npt.NDArray[np.float32] = logits
        return result
