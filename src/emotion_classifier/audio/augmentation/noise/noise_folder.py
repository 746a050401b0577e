"""Folders of noise, laid out as MUSAN is."""

from __future__ import annotations

from pathlib import Path

from emotion_classifier.audio.io import find_audio
from emotion_classifier.errors import ConfigError

KINDS = ("noise", "speech", "music")


def find_noise(path: Path) -> dict[str, tuple[str, ...]]:
    """Kind → its recordings relative to `path`, of the kinds that have any.

    Raises
    ------
    ConfigError
        There is none in ``noise/``, ``speech/`` or ``music/`` below `path`.
    """
    if not path.is_dir():
        raise ConfigError(_without_noise(path, "is a file" if path.exists() else "does not exist"))
    found = {
        kind: tuple(file.relative_to(path).as_posix() for file in find_audio(path / kind))
        for kind in KINDS
        if (path / kind).is_dir()
    }
    found = {kind: names for kind, names in found.items() if names}
    if not found:
        raise ConfigError(_without_noise(path, "holds no audio files in MUSAN layout"))
    return found


def _without_noise(path: Path, finding: str) -> str:
    return (
        f"background_noise: path: {path} {finding}: name a folder in MUSAN layout, with audio files "
        "in noise/, speech/ or music/ below it (MUSAN itself: https://www.openslr.org/17), or take "
        "background_noise out of the chain"
    )
