"""A session of an ONNX graph that survives a fork; the only module that imports onnxruntime."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakSet

import numpy.typing as npt

from emotion_classifier.errors import ModelFolderError

if TYPE_CHECKING:
    import onnxruntime


class GraphValue(NamedTuple):
    """An input or output of a graph.

    Parameters
    ----------
    type : for example ``tensor(float)``.
    shape : of each axis the size, or a name where any size is allowed.
    """

    type: str
    shape: tuple[Any, ...]


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
        self.inputs, self.outputs = (
            {value.name: GraphValue(value.type, tuple(value.shape)) for value in values}
            for values in (self._session.get_inputs(), self._session.get_outputs())
        )
        _SESSIONS.add(self)

    def run(
        self,
        outputs: Sequence[str],
        feeds: dict[str, npt.NDArray[Any]],
        *,
        limit_seconds: float | None = None,
    ) -> list[Any]:
        """Values of `outputs` for the inputs `feeds`.

        Parameters
        ----------
        limit_seconds : after which the run is ended, between two nodes of the graph; None for none.

        Raises
        ------
        ModelFolderError
            A node fails, or the run took longer than the limit.
        """
        import onnxruntime

        session = self._session
        if session is None:
            session = self._session = self._open()
        options = onnxruntime.RunOptions()
        try:
            with _terminated_after(limit_seconds, options):
                results: list[Any] = session.run(outputs, feeds, options)
        except Exception as error:  # onnxruntime's exceptions share no base but this
            reason = " ".join(str(error).split())
            if options.terminate:
                reason = f"it was not finished after {limit_seconds:g} s"
            raise ModelFolderError(
                f"{self._graph} cannot be run: {reason}. {self._remedy}"
            ) from None
        return results

    def abandon(self) -> None:
        """Forget the session without destroying it: it belongs to the process before a fork."""
        session, self._session = self._session, None
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))

    def _open(self) -> onnxruntime.InferenceSession:
        import onnxruntime  # only where a session is opened: help and settings need none

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        # Between two runs a thread would spin, and take a core for as long as a recording lasts.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
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


@contextmanager
def _terminated_after(seconds: float | None, options: onnxruntime.RunOptions) -> Iterator[None]:
    """Terminate the run with these options where it lasts longer."""
    if seconds is None:
        yield
        return
    watchdog = Timer(seconds, setattr, (options, "terminate", True))
    watchdog.daemon = True
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()


_SESSIONS: WeakSet[OnnxSession] = WeakSet()


def _abandon_all() -> None:
    for session in list(_SESSIONS):
        session.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
