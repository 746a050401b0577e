"""The emotions that compete in the loss of a clip, and how often an epoch has them.

An emotion that a corpus does not have is either a negative for its clips, or left out of their loss:
nobody has decided whether a neutral clip of CREMA-D is calm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch


@dataclass(frozen=True)
class EmotionCounts:
    """Tables with a row for each corpus, or a single row for all of them.

    Parameters
    ----------
    counts : (corpus, emotion) float32, expected clips of an epoch.
    competing : (corpus, emotion) bool, the emotions in the softmax of a clip.
    corpora : (clip,) int64, the row of each training clip.
    negatives : corpora of a single emotion, in which all emotions compete nevertheless.
    """

    counts: torch.Tensor
    competing: torch.Tensor
    corpora: torch.Tensor
    negatives: tuple[str, ...] = ()


def counts_of_all(
    targets: npt.NDArray[np.float32], expected: npt.NDArray[np.float64]
) -> EmotionCounts:
    """One row for all clips: all emotions compete.

    Parameters
    ----------
    targets : (clip, emotion), a distribution for each clip.
    expected : (clip,) occurrences of each clip in an epoch.
    """
    counts = torch.from_numpy((expected @ targets).astype(np.float32))[None]
    rows = torch.zeros(len(targets), dtype=torch.int64)
    return EmotionCounts(counts, torch.ones_like(counts, dtype=torch.bool), rows)


def counts_by_corpus(
    targets: npt.NDArray[np.float32], expected: npt.NDArray[np.float64], corpora: Sequence[str]
) -> EmotionCounts:
    """One row for each corpus: the emotions with clips in it compete.

    All emotions compete in a corpus of a single emotion, whose clips would have no loss otherwise.
    An emotion without any clip competes in every corpus: no model shall predict it.

    Parameters
    ----------
    targets, expected : as in `counts_of_all`.
    corpora : (clip,) names.
    """
    names, rows = np.unique(np.asarray(corpora), return_inverse=True)
    members = [rows == row for row in range(len(names))]
    counts = np.stack([expected[clips] @ targets[clips] for clips in members])
    has = np.stack([targets[clips].any(0) for clips in members])
    is_single = has.sum(1) == 1
    competing = has | ~has.any(0) | is_single[:, None]
    return EmotionCounts(
        torch.from_numpy(counts.astype(np.float32)),
        torch.from_numpy(competing),
        torch.from_numpy(rows.astype(np.int64)),
        tuple(names[is_single].tolist()),
    )
