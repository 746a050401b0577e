"""Statistics of a speaker's features from those of the single clips. Needs no torch.

Statistics are (2, feature): the mean of each feature bin over frames, and its deviation.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

Speaker = TypeVar("Speaker", bound=Hashable)


class ClipStatistics(NamedTuple):
    """Statistics of one clip.

    Parameters
    ----------
    statistics : (2, feature).
    frames : number of frames that they are of.
    """

    statistics: npt.NDArray[np.float32]
    frames: int


def pool(clips: Sequence[ClipStatistics]) -> npt.NDArray[np.float32]:
    """Statistics (2, feature) of all frames of `clips`, of which there is at least one.

    The variance is the mean of the clips' variances and of their means' squared distances from the
    common mean, weighted by frames, in double precision: no squares of large values are subtracted.
    """
    statistics = np.stack([clip.statistics for clip in clips], axis=1).astype(np.float64)
    means, deviations = statistics
    frames = np.array([clip.frames for clip in clips])
    share = frames / frames.sum()
    mean = share @ means
    variance = share @ (deviations**2 + (means - mean) ** 2)
    return np.stack([mean, np.sqrt(variance)]).astype(np.float32)


def pool_by_speaker(
    clips: Iterable[tuple[ClipStatistics, Speaker]],
) -> dict[Speaker, npt.NDArray[np.float32]]:
    """Speaker → statistics (2, feature) of all clips of that speaker."""
    groups: dict[Speaker, list[ClipStatistics]] = {}
    for clip, speaker in clips:
        groups.setdefault(speaker, []).append(clip)
    return {speaker: pool(group) for speaker, group in groups.items()}
