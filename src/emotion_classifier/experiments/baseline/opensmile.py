"""Functionals of a whole recording that classical baselines use, computed by openSMILE.

openSMILE may be used for private, research and educational purposes only (`LICENCE`), so it comes
with its own extra, and no part of it enters a model folder.

Functionals take some 50 ms a clip and are kept on disk::

    functionals/compare_2016-opensmile2.6.0/cd/<hash of the samples>.npy
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.array_cache import ArrayCache
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.audio.waveform_cache import CachedClip
from emotion_classifier.errors import MissingDependencyError
from emotion_classifier.units import Hertz, Seconds

if TYPE_CHECKING:
    from opensmile import Smile

FeatureSet: TypeAlias = Literal["compare_2016", "egemaps"]
Functionals: TypeAlias = npt.NDArray[np.float32]

LICENCE = (
    "openSMILE (audEERING) may be used for private, research and educational purposes only; "
    "commercial use needs a licence of audEERING"
)
TITLES: dict[FeatureSet, str] = {"compare_2016": "ComParE 2016", "egemaps": "eGeMAPS v02"}
COUNTS: dict[FeatureSet, int] = {"compare_2016": 6_373, "egemaps": 88}
"""Number of functionals of a set."""

SAMPLE_RATE: Hertz = 16_000
PREPARATION = Preparation(SAMPLE_RATE)
"""As in published baselines: the whole recording, with the silence at its ends."""
MINIMUM_SECONDS: Seconds = 0.1
"""A frame of openSMILE is 60 ms long, and statistics need more than one."""

_OPENSMILE_NAMES: dict[FeatureSet, str] = {"compare_2016": "ComParE_2016", "egemaps": "eGeMAPSv02"}
# openSMILE multiplies by 32768 and casts to 16 bits, which turns +1.0 into -1.0.
_HIGHEST_SAMPLE = 1.0 - 2.0**-15


def opensmile_version() -> str:
    """Version of openSMILE; `MissingDependencyError` where it is not installed."""
    if find_spec("opensmile") is None:
        raise MissingDependencyError("opensmile", "baseline", "the classical baseline")
    return version("opensmile")


def functionals(samples: Samples, feature_set: FeatureSet) -> Functionals:
    """Functionals ``(feature,)`` of a waveform ``(sample,)`` at `SAMPLE_RATE`."""
    within = np.clip(samples, -1.0, _HIGHEST_SAMPLE)
    found: Functionals = _smile(feature_set)(within, SAMPLE_RATE).ravel()
    return found


def cached_functionals(
    clips: Sequence[CachedClip],
    feature_set: FeatureSet,
    folder: Path,
    *,
    progress: Callable[[int], None] | None = None,
) -> Functionals:
    """Functionals ``(clip, feature)``, computed where the cache in `folder` has none.

    Parameters
    ----------
    clips : prepared with `PREPARATION`, of at least `MINIMUM_SECONDS`.
    progress : called with the number of clips done.

    Raises
    ------
    MissingDependencyError
        openSMILE is not installed.
    StorageError
        The folder is full or cannot be written, or a clip was removed from its cache.
    """
    cache = ArrayCache(folder / "functionals" / f"{feature_set}-opensmile{opensmile_version()}")

    def load(clip: CachedClip) -> Functionals:
        samples = clip.samples()
        digest = hashlib.sha256(samples.data).hexdigest()
        found = cache.find(digest) or cache.write(digest, functionals(samples, feature_set))
        return found.load()

    table = np.empty((len(clips), COUNTS[feature_set]), np.float32)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # openSMILE releases the GIL
        try:
            for number, row in enumerate(pool.map(load, clips)):
                table[number] = row
                if progress is not None:
                    progress(number + 1)
        except BaseException:  # a full disk, or Ctrl-C: do not go through the rest first
            pool.shutdown(cancel_futures=True)
            raise
    return table


@cache
def _smile(feature_set: FeatureSet) -> Smile:
    opensmile_version()
    import opensmile

    return opensmile.Smile(
        feature_set=opensmile.FeatureSet[_OPENSMILE_NAMES[feature_set]],
        feature_level=opensmile.FeatureLevel.Functionals,
    )
