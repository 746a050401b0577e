"""SHA-256 of the files of a run: ``checksums.sha256``, which `sha256sum --check` reads too."""

from __future__ import annotations

import hashlib
from pathlib import Path

from emotion_classifier.errors import RunError
from emotion_classifier.storage import write_atomically

CHECKSUMS = "checksums.sha256"
_SEPARATOR = "  "


def record(*files: Path) -> None:
    """Write the SHA-256 of `files`, which are in one folder and complete, into the list of the folder.

    Raises
    ------
    StorageError
        The disk is full or cannot be written.
    """
    folder = files[0].parent
    known = _read(folder) | {file.name: sha256(file) for file in files}
    lines = (f"{digest}{_SEPARATOR}{name}\n" for name, digest in sorted(known.items()))
    write_atomically(folder / CHECKSUMS, "".join(lines).encode(), "Free some space and continue.")


def check(file: Path) -> None:
    """Raise `RunError` where `file` is not as it was recorded.

    A file that was not recorded passes: versions before November 2026 recorded none.
    """
    recorded = _read(file.parent).get(file.name)
    if recorded is None or (file.is_file() and sha256(file) == recorded):
        return
    raise RunError(
        f"{file} is damaged or was changed: its SHA-256 is not the one in {CHECKSUMS}, "
        f"{recorded[:12]}…. Bring it back; if you changed it yourself, delete its line in {CHECKSUMS}"
    )


def _read(folder: Path) -> dict[str, str]:
    """Name of a file → its recorded SHA-256."""
    try:
        lines = (folder / CHECKSUMS).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RunError(f"{folder / CHECKSUMS} cannot be read: {error}. Bring it back") from error
    pairs = (line.partition(_SEPARATOR) for line in lines)
    return {name: digest for digest, _, name in pairs}


def sha256(file: Path) -> str:
    """The SHA-256 of the bytes of a file, in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
