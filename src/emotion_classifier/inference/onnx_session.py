"""A session of an ONNX graph that survives a fork; the only module that imports onnxruntime."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import numpy.typing as npt

from emotion_classifier.errors import ModelFolderError

if TYPE_CHECKING:
    import onnxruntime


class OnnxSession:
    """A graph on the processor. A forked process opens the graph again when it first runs it.

    The threads of a session do not exist in a forked process: running the session there would wait for
    them, and so would destroying it when that process ends.

    Parameters
    ----------
    graph : the ``.onnx`` file.
    threads : that onnxruntime may use; 0 takes one for each core.
    remedy : the advice of the error.

    Raises
    ------
    ModelFolderError
        onnxruntime cannot load the graph.
    """

    def __init__(self, graph: Path, *, threads: int, remedy: str) -> None:
        self._graph, self._threads, self._remedy = graph, threads, remedy
        self._session: onnxruntime.InferenceSession | None = self._open()
        self.input_shapes: dict[str, list[Any]] = {
            value.name: value.shape for value in self._session.get_inputs()
        }
        _SESSIONS.add(self)

    def run(self, outputs: Sequence[str], feeds: dict[str, npt.NDArray[Any]]) -> list[Any]:
        """Values of `outputs` for the inputs `feeds`."""
        session = self._session
        if session is None:
            session = self._session = self._open()
        results: list[Any] = session.run(outputs, feeds)
        return results

    def abandon(self) -> None:
        """Forget the session without destroying it: it belongs to the process before a fork."""
        session, self._session = self._session, None
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))

    def _open(self) -> onnxruntime.InferenceSession:
        import onnxruntime  # only where a session is opened: help and settings need none

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        # A memory pattern is stored for every shape of an input, and clips have thousands of
        # durations: memory would grow for as long as a stream or a folder lasts, for no gain in speed.
        options.enable_mem_pattern = False
        providers = ["CPUExecutionProvider"]
        try:
            return onnxruntime.InferenceSession(str(self._graph), options, providers=providers)
        except Exception as error:  # onnxruntime's exceptions share no base but this
            reason = " ".join(str(error).split())
            raise ModelFolderError(
                f"{self._graph} cannot be loaded: {reason}. {self._remedy}"
            ) from None


_SESSIONS: WeakSet[OnnxSession] = WeakSet()


def _abandon_all() -> None:
    for session in list(_SESSIONS):
        session.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
