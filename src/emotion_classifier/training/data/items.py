"""Values that samplers, datasets and loaders exchange."""

from __future__ import annotations

from typing import NamedTuple

import torch

from emotion_classifier.audio.waveform import Samples


class Key(NamedTuple):
    """Identifies an item; with the seed of the run it determines its audio.

    Parameters
    ----------
    epoch : the first is 0; -1 where nothing is random.
    clip : index.
    repeat : number of times that the clip occurred in the epoch before.
    """

    epoch: int
    clip: int
    repeat: int = 0


class Item(NamedTuple):
    """The waveform (sample,) of a clip, and its variant."""

    samples: Samples
    variant: Key


class ClipBatch(NamedTuple):
    """Clips of one step.

    Parameters
    ----------
    waveforms : (batch, sample) float32, zeros behind each clip's end.
    lengths : (batch,) int64, in samples.
    targets : (batch, emotion) float32, a distribution for each clip.
    speakers : (batch,) int64, index of each clip's speaker in the run's order of speakers.
    clips : (batch,) int64, index of each clip in its part.
    """

    waveforms: torch.Tensor
    lengths: torch.Tensor
    targets: torch.Tensor
    speakers: torch.Tensor
    clips: torch.Tensor
