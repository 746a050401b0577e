"""The audio files of a corpus folder, or an error that explains their absence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from emotion_classifier.audio.folders import find_audio
from emotion_classifier.corpora.corpus import Problem
from emotion_classifier.errors import CorpusError

OTHER_MEDIA_SUFFIXES = frozenset({".flv", ".mpeg", ".mpg", ".ra", ".rm", ".ts", ".wv", ".ape"})


def existing_folder(root: Path) -> Path:
    """`root` with ``~`` expanded; `CorpusError` if it is no folder."""
    root = root.expanduser()
    if root.is_dir():
        return root
    if root.exists():
        raise CorpusError(
            f"{root} is a file, but a corpus is a folder: name the folder that holds it"
        )
    above = next((parent for parent in root.absolute().parents if parent.is_dir()), Path("/"))
    raise CorpusError(
        f"the corpus folder {root} does not exist (it exists as far as {above}): "
        "correct the path, or fetch the corpus there"
    )


def audio_files(root: Path, example: str) -> list[Path]:
    """Audio files anywhere under `root`, sorted; `CorpusError` if there is none.

    Parameters
    ----------
    root : an existing folder.
    example : an expected file, for the message.
    """
    files = find_audio(root)
    if files:
        return files
    counts = Counter(path.suffix.lower() for path in root.rglob("*") if path.is_file())
    if not counts:
        found = "is empty"
    else:
        kinds = ", ".join(
            f"{count} {suffix or 'without suffix'}" for suffix, count in counts.items()
        )
        found = f"holds no audio ({kinds})"
    raise CorpusError(
        f"{root} {found}: expected files such as {example} at any depth. "
        "Is the archive unpacked, and is this the folder it was unpacked to?"
    )


def other_media(root: Path) -> list[Problem]:
    """Sound and video files under `root` in formats that are not read, so that no file is left out silently."""
    return [
        Problem(
            path, "format", f"{path.suffix} is not read: convert it to WAV or FLAC, or ignore it"
        )
        for path in sorted(root.rglob("*"))
        if path.suffix.lower() in OTHER_MEDIA_SUFFIXES and not path.name.startswith(".")
    ]
