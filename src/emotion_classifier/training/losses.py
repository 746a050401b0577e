"""What training makes small."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import torch


def class_weights(
    targets: npt.NDArray[np.int64], emotions: int, kind: Literal["none", "inverse_frequency"]
) -> torch.Tensor:
    """Weights (emotion,) float32 of the cross-entropy, one on average over the training clips.

    Parameters
    ----------
    targets : (clip,) emotion indices of the training part.
    emotions : number of emotions; one without clips gets the weight zero.
    kind : ``none`` is one for all, ``inverse_frequency`` the same total for each emotion.
    """
    counts = np.bincount(targets, minlength=emotions)
    if kind == "none":
        return torch.ones(emotions)
    present = counts > 0
    weights = np.where(present, len(targets) / (present.sum() * np.maximum(counts, 1)), 0.0)
    return torch.from_numpy(weights.astype(np.float32))
