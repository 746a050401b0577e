"""Arrays on disk, found by a hash of their source.

An entry is a ``.npy`` file that `numpy.load` opens, with a description in JSON behind the array, which
has the SHA-256 of both. It is written as a whole: processes that share a folder, or are killed, leave
no partial entry. A power loss may, so `find` compares the SHA-256: 0.3 ms for a clip of 3 s.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import mmap
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import StorageError
from emotion_classifier.storage import expanded, write_atomically

FOLDER_VARIABLE = "EMOTION_CACHE"
CACHE_REMEDY = f"Free some space, or name another folder in ${FOLDER_VARIABLE}."
_DESCRIPTION_BYTES = 1024


def default_cache_folder() -> Path:
    """``$EMOTION_CACHE``, or the folder for caches of this user."""
    if folder := os.environ.get(FOLDER_VARIABLE):
        return expanded(Path(folder))
    home = expanded(Path("~"))
    if home == Path("~"):
        raise StorageError(
            f"this user has no home folder: name a cache folder in ${FOLDER_VARIABLE}"
        )
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or home / ".cache"
    return Path(base, "emotion_classifier")


@dataclass(frozen=True, slots=True)
class CachedArray:
    """An array on disk: a small value that can be pickled and holds no open file.

    Parameters
    ----------
    file : of the entry.
    dtype : of the array, for example ``<f4``.
    shape : of the array.
    offset : of the array in the file, in bytes.
    facts : what was written beside the array.
    """

    file: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def load(self) -> npt.NDArray[Any]:
        """The array, memory-mapped and read-only.

        Raises
        ------
        StorageError
            The file was removed or altered since the entry was found.
        """
        mapped = _map(self.file)
        if mapped is None or len(mapped) != self._end + _DESCRIPTION_BYTES:
            reason = "was removed or altered while it was in use: start again, and it is rebuilt"
            raise StorageError(f"{self.file} {reason}")
        count = math.prod(self.shape)
        return np.frombuffer(mapped, self.dtype, count, self.offset).reshape(self.shape)

    @property
    def _end(self) -> int:
        return self.offset + math.prod(self.shape) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class ArrayCache:
    """Arrays of one kind.

    Parameters
    ----------
    folder : of the entries; made when needed. Its name is part of each entry: it identifies all that
        the arrays depend on beside their keys.
    remedy : end of the message where the disk is full.
    """

    folder: Path
    remedy: str = CACHE_REMEDY

    def find(self, key: str) -> CachedArray | None:
        """The entry of a key, or None where it is absent or damaged."""
        file = self._file(key)
        try:
            with open(file, "rb") as opened:  # noqa: PTH123 - a Path costs as much as the rest
                size = opened.seek(0, os.SEEK_END)
                opened.seek(size - _DESCRIPTION_BYTES)
                description = json.loads(opened.read())
                checksum = description.pop("checksum")
                shape = tuple(map(int, description["shape"]))
                dtype, offset = str(description["dtype"]), int(description["offset"])
                found = CachedArray(file, dtype, shape, offset, description["facts"])
                intact = found._end + _DESCRIPTION_BYTES == size
                if not intact or description["entry"] != self._entry(key):
                    return None
                opened.seek(offset)
                if checksum != _checksum(description, opened.read(found._end - offset)):
                    return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return found

    def write(
        self, key: str, array: npt.NDArray[Any], facts: Mapping[str, Any] | None = None
    ) -> CachedArray:
        """Keep an array, and facts about it that JSON can hold.

        Parameters
        ----------
        key : hexadecimal digest of the array's source.

        Raises
        ------
        StorageError
            The disk is full or may not be written.
        """
        array, facts = np.ascontiguousarray(array), facts or {}
        header = _header(array)
        description = {
            "entry": self._entry(key),
            "dtype": array.dtype.str,
            "shape": array.shape,
            "offset": len(header),
            "facts": facts,
        }
        checksum = _checksum(description, _bytes(array))
        text = json.dumps({**description, "checksum": checksum}).encode()
        content = b"".join([header, _bytes(array), text.ljust(_DESCRIPTION_BYTES)])
        write_atomically(Path(self._file(key)), content, self.remedy, durable=False)
        return CachedArray(self._file(key), array.dtype.str, array.shape, len(header), facts)

    def _file(self, key: str) -> str:
        return f"{self.folder}/{key[:2]}/{key}.npy"

    def _entry(self, key: str) -> str:
        return f"{self.folder.name}/{key}"


def entry_bytes(shape: tuple[int, ...], dtype: npt.DTypeLike) -> int:
    """Size of the file of an array."""
    empty = np.broadcast_to(np.zeros((), dtype), shape)
    return len(_header(empty)) + empty.nbytes + _DESCRIPTION_BYTES


def _header(array: npt.NDArray[Any]) -> bytes:
    header = io.BytesIO()
    description = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(header, description)
    return header.getvalue()


def _checksum(description: Mapping[str, Any], array: bytes | memoryview) -> str:
    digest = hashlib.sha256(json.dumps(description).encode())
    digest.update(array)
    return digest.hexdigest()


def _bytes(array: npt.NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _map(file: str) -> mmap.mmap | None:
    """The content of a file; None where it is absent, empty or not to be read."""
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 - a Path costs as much as the mapping
            return mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # ValueError: mapping an empty file
        return None
