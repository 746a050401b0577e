"""Hidden states of a frozen encoder on disk, so that it runs over each clip once.

Layout of the folder::

    hidden_states/<digest of the encoder>/cd/<hash of the samples>.npy

The samples are those after crop and augmentation, so runs share entries under any names of
files. An array is (layer, frame, feature): 16-bit floats, or 32-bit ones of a clip with values that
16 bits cannot hold.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.array_cache import FOLDER_VARIABLE, ArrayCache
from emotion_classifier.errors import StorageError

HiddenStates: TypeAlias = npt.NDArray[np.float16] | npt.NDArray[np.float32]

_REMEDY = (
    "Free some space, take less (fewer augmentation.views, model.frontend.layers: last), or name "
    f"another folder in ${FOLDER_VARIABLE}."
)


def hidden_state_cache(folder: Path, encoder: str) -> ArrayCache:
    """The cache of one encoder, by the SHA-256 of the samples.

    Parameters
    ----------
    folder : of all caches.
    encoder : digest of all that the states depend on beside the samples: weights, layers, precision.
    """
    return ArrayCache(folder / "hidden_states" / encoder, remedy=_REMEDY)


def require_space(folder: Path, needed_bytes: int) -> int:
    """The free bytes of the disk of a folder; `StorageError` where they are too few."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if needed_bytes > free:
        raise StorageError(
            f"the encoder's hidden states need {readable_size(needed_bytes)} in {folder}, but "
            f"{readable_size(free)} are free. {_REMEDY}"
        )
    return free


def readable_size(count: int) -> str:
    """A number of bytes for readers.

    >>> readable_size(1_234_567_890), readable_size(1_200)
    ('1.2 GB', '1.2 kB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count / 1e3:.1f} kB"
