"""Hidden states of a frozen encoder on disk, so that it runs over each clip once.

Layout of the folder::

    states/<digest of the encoder>/cd/<hash of the samples that it heard>.states

The samples are those behind crop and augmentation, so runs share entries whatever they call their
files. A file holds one line of JSON, padded to `_HEADER_BYTES`, then the states (layer, frame,
feature) as they are: 16-bit floats, or 32-bit ones of a clip with values that 16 bits cannot hold.
Every file is written as a whole, so runs that work at once, or are killed, do no harm.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.cache import FOLDER_VARIABLE
from emotion_classifier.errors import StorageError
from emotion_classifier.storage import write_atomically

States: TypeAlias = npt.NDArray[np.float16] | npt.NDArray[np.float32]

HALF, SINGLE = "<f2", "<f4"
_MAGIC = "emotion_classifier states 1"
_HEADER_BYTES = 512
_REMEDY = (
    "Free some space, take less (fewer augmentation.views, model.frontend.layers: last), or name "
    f"another folder in ${FOLDER_VARIABLE}."
)


@dataclass(frozen=True, slots=True)
class CachedStates:
    """Hidden states of one clip on disk: a small value that can be pickled and holds no open file.

    Parameters
    ----------
    file : of the states.
    shape : (layer, frame, feature).
    kind : of the numbers, `HALF` or `SINGLE`.
    """

    file: str
    shape: tuple[int, int, int]
    kind: str

    def states(self) -> States:
        """The states (layer, frame, feature), memory-mapped and read-only.

        Raises
        ------
        StorageError
            The file was removed or altered since it was looked up.
        """
        mapped = _mapped(self.file)
        if mapped is None or len(mapped) != _HEADER_BYTES + _payload_bytes(self.shape, self.kind):
            raise StorageError(
                f"{self.file} was removed or altered while it was in use: start again, and it is "
                "rebuilt"
            )
        return np.frombuffer(mapped, self.kind, offset=_HEADER_BYTES).reshape(self.shape)


@dataclass(frozen=True)
class StatesCache:
    """Hidden states of one encoder, kept in a folder.

    Parameters
    ----------
    folder : of all caches; made when needed.
    encoder : digest of all that the states depend on beside the samples: weights, layers, precision.
    """

    folder: Path
    encoder: str

    @property
    def entries(self) -> Path:
        """Folder of the states of this encoder."""
        return self.folder / "states" / self.encoder[:16]

    def find(self, heard: str) -> CachedStates | None:
        """The states of samples with this hash; None where there are none, or damaged ones."""
        file = self._entry(heard)
        mapped = _mapped(str(file))
        if mapped is None:
            return None
        try:
            header = json.loads(mapped[:_HEADER_BYTES])
            checksum = header.pop("checksum")
            layers, frames, features = map(int, header["shape"])
            found = CachedStates(str(file), (layers, frames, features), header["kind"])
            expected = self._header(heard, found.shape, found.kind)
            intact = len(mapped) == _HEADER_BYTES + _payload_bytes(found.shape, found.kind)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        if header != expected or not intact:
            return None
        payload = memoryview(mapped)[_HEADER_BYTES:]
        return found if checksum == _checksum(expected, payload) else None

    def write(self, heard: str, states: States) -> CachedStates:
        """Keep the `states` (layer, frame, feature) of samples with this hash.

        Raises
        ------
        StorageError
            The disk is full or may not be written.
        """
        layers, frames, features = states.shape
        kind = HALF if states.dtype == np.float16 else SINGLE
        made = CachedStates(str(self._entry(heard)), (layers, frames, features), kind)
        content = bytearray(_HEADER_BYTES + _payload_bytes(made.shape, kind))
        np.frombuffer(content, kind, offset=_HEADER_BYTES).reshape(made.shape)[:] = states
        header = self._header(heard, made.shape, kind)
        checksum = _checksum(header, memoryview(content)[_HEADER_BYTES:])
        line = json.dumps({**header, "checksum": checksum}).ljust(_HEADER_BYTES - 1) + "\n"
        content[:_HEADER_BYTES] = line.encode()
        write_atomically(Path(made.file), memoryview(content), _REMEDY)
        return made

    def require_space(self, needed_bytes: int) -> int:
        """The free bytes of the folder's disk; `StorageError` where they are too few."""
        free = shutil.disk_usage(_existing(self.folder)).free
        if needed_bytes > free:
            raise StorageError(
                f"the encoder's hidden states need {readable_size(needed_bytes)} in {self.folder}, but "
                f"{readable_size(free)} are free. {_REMEDY}"
            )
        return free

    def _entry(self, heard: str) -> Path:
        return self.entries / heard[:2] / f"{heard}.states"

    def _header(self, heard: str, shape: tuple[int, int, int], kind: str) -> dict[str, Any]:
        return {
            "format": _MAGIC,
            "encoder": self.encoder,
            "heard": heard,
            "shape": list(shape),
            "kind": kind,
        }


def entry_bytes(layers: int, frames: int, features: int) -> int:
    """Size of the file of one clip in 16 bits."""
    return _HEADER_BYTES + _payload_bytes((layers, frames, features), HALF)


def readable_size(count: int) -> str:
    """A number of bytes for readers.

    >>> readable_size(1_234_567_890), readable_size(1_200)
    ('1.2 GB', '1.2 kB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count / 1e3:.1f} kB"


def _payload_bytes(shape: tuple[int, int, int], kind: str) -> int:
    layers, frames, features = shape
    return layers * frames * features * np.dtype(kind).itemsize


def _checksum(header: dict[str, Any], payload: memoryview) -> str:
    digest = hashlib.sha256(json.dumps(header).encode())
    digest.update(payload)
    return digest.hexdigest()


def _mapped(file: str) -> mmap.mmap | None:
    """The content of a file; None where it is absent, empty or not to be read."""
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 - a Path costs as much as the mapping
            return mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # ValueError: mapping an empty file
        return None


def _existing(folder: Path) -> Path:
    """`folder`, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())
