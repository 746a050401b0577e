"""Events of a live session as JSON Lines."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from emotion_classifier.errors import storage_errors
from emotion_classifier.inference.events import LevelEvent, LiveEvent, to_json_line

_REMEDY = "Free some space or choose another file."


class EventFile:
    """A line for each event, written at once; levels, ten a second, are left out.

    Parameters
    ----------
    path : an existing file is replaced; None is standard output.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO = sys.stdout

    def __enter__(self) -> Self:
        if self._path is not None:
            with storage_errors(self._path, _REMEDY):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("w", encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._path is not None:
            with storage_errors(self._path, _REMEDY):
                self._file.close()

    def show(self, event: LiveEvent) -> None:
        """Write the line of an event."""
        if isinstance(event, LevelEvent):
            return
        with storage_errors(self._path or Path("standard output"), _REMEDY):
            self._file.write(to_json_line(event))
            self._file.flush()
