"""Audio files in folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from emotion_classifier.audio.file_type import AUDIO_SUFFIXES
from emotion_classifier.errors import AudioError


def find_audio(root: Path) -> list[Path]:
    """Audio files below `root` in sorted order, links followed, hidden files and folders left out.

    Raises
    ------
    AudioError
        With the code ``missing`` or ``not-a-file`` (`root` is no folder).
    """
    if not root.exists():
        raise AudioError(root, "missing", "there is no such folder: check the path")
    if not root.is_dir():
        raise AudioError(root, "not-a-file", "this is no folder: name the folder of the audio")
    return sorted(walk_audio(root))


def walk_audio(
    root: Path,
    *,
    on_error: Callable[[OSError], object] | None = None,
    on_other: Callable[[Path], object] | None = None,
) -> Iterator[Path]:
    """Audio files below `root`, one by one: those of a folder, then those of its subfolders.

    The names in a folder are sorted. Links are followed, but not in circles; hidden files and
    folders are left out.

    Parameters
    ----------
    on_error : called for each folder that cannot be listed and is left out.
    on_other : called for each file that is left out because of its suffix.
    """
    seen: set[str] = set()
    for folder, subfolders, names in os.walk(root, onerror=on_error, followlinks=True):
        seen.add(os.path.realpath(folder))
        subfolders[:] = sorted(
            name
            for name in subfolders
            if not name.startswith(".") and os.path.realpath(os.path.join(folder, name)) not in seen  # noqa: PTH118 - speed
        )
        for name in sorted(names):
            if name.startswith("."):
                continue
            path = Path(folder, name)
            if path.suffix.lower() in AUDIO_SUFFIXES:
                yield path
            elif on_other is not None:
                on_other(path)
