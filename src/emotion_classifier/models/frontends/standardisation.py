"""Standardisation of features with statistics of the training part, a clip or a speaker."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from emotion_classifier.errors import ConfigError
from emotion_classifier.model_folder.speaker_statistics import ClipStatistics, pool_by_speaker
from emotion_classifier.models.lengths import frame_mask

_LEAST_DEVIATION = 1e-5


class Standardisation(nn.Module):
    """Features minus their mean, divided by their deviation.

    Parameters
    ----------
    features : values in a frame.
    kind : ``global``, ``per_bin`` and ``per_cell`` use statistics of the training part, set by `fit`,
        ``per_utterance`` those of the clip's own frames, all bins together, ``per_speaker`` those
        of each bin over all clips of the speaker, ``none`` changes nothing.
    frames : of a clip, for ``per_cell`` only; frames of a longer one have the last one's statistics.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, features: int, *, kind: str, frames: int | None = None) -> None:
        super().__init__()
        self.kind = kind
        shape = (features,) if frames is None else (frames, features)
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("deviation", torch.ones(shape))

    @property
    def needs_fit(self) -> bool:
        """Whether `fit` must be called before training."""
        return self.kind in ("global", "per_bin", "per_cell")

    def fit(self, clips: Iterable[torch.Tensor]) -> None:
        """Set the statistics to those of `clips`, each (frame, feature), summed in double precision.

        Raises
        ------
        ConfigError
            The clips have another number of frames than ``per_cell`` was set to.
        """
        if self.kind == "per_cell":
            self._fit_cells(clips)
            return
        count = 0
        total = torch.zeros_like(self.mean, dtype=torch.float64)
        squares = torch.zeros_like(total)
        for clip in clips:
            values = clip.double()
            count += values.shape[0]
            total += values.sum(0)
            squares += values.square().sum(0)
        mean, square = total / count, squares / count
        if self.kind == "global":
            mean, square = mean.mean().expand_as(mean), square.mean().expand_as(square)
        deviation = (square - mean.square()).clamp(min=_LEAST_DEVIATION**2).sqrt()
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)

    def _fit_cells(self, clips: Iterable[torch.Tensor]) -> None:
        count = 0
        total = torch.zeros_like(self.mean, dtype=torch.float64)
        squares = torch.zeros_like(total)
        for clip in clips:
            if clip.shape != total.shape:
                raise ConfigError(
                    f"standardisation.frames is {len(total)}, but a clip has {len(clip)} frames: set it to "
                    "the frames of input.seconds, and input.mask_padding: false, so that all clips are "
                    "of one length"
                )
            count += 1
            total += clip
            squares += clip.double().square()
        mean = total / count
        deviation = (squares / count - mean.square()).clamp(min=0.0).sqrt()
        self.mean.copy_(mean)
        # A cell that is the same in all clips, such as padding, is centred only, as in scikit-learn.
        self.deviation.copy_(torch.where(deviation > _LEAST_DEVIATION, deviation, 1.0))

    def forward(
        self,
        features: torch.Tensor,
        lengths: torch.Tensor,
        statistics: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Standardised `features` (batch, frame, feature) of clips with `lengths` frames.

        Parameters
        ----------
        features, lengths : a padded batch; the padding is ignored.
        statistics : (batch, 2, feature) of each clip's speaker, for ``per_speaker`` only; None
            takes those of the clip's own frames.
        """
        if self.kind == "none":
            return features
        if self.kind == "per_speaker":
            if statistics is None:
                statistics = clip_statistics(features, lengths)
            return (features - statistics[:, :1]) / statistics[:, 1:]
        if self.kind == "per_utterance":
            return _by_own_mean(features, lengths)
        mean, deviation = self.mean, self.deviation
        if self.kind == "per_cell":
            positions = torch.arange(features.shape[1], device=features.device)
            positions = positions.clamp(max=mean.shape[0] - 1)
            mean, deviation = mean[positions], deviation[positions]
        return (features - mean) / deviation


def clip_statistics(features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Mean and deviation (batch, 2, feature) of each bin over a clip's own frames.

    Parameters
    ----------
    features : (batch, frame, feature), with any padding.
    lengths : (batch,) int64, frames of each clip.
    """
    inside = frame_mask(lengths, features.shape[1])[:, :, None]
    count = lengths.to(features.dtype)[:, None, None]
    mean = features.masked_fill(~inside, 0.0).sum(1, keepdim=True) / count
    centred = (features - mean).masked_fill(~inside, 0.0)
    variance = centred.square().sum(1, keepdim=True) / count
    return torch.cat([mean, variance.clamp(min=_LEAST_DEVIATION**2).sqrt()], 1)


def speaker_statistics(
    clips: Iterable[torch.Tensor], speakers: npt.NDArray[np.int64]
) -> torch.Tensor:
    """Mean and deviation (speaker, 2, feature) of each bin over all clips of each speaker.

    Parameters
    ----------
    clips : features (frame, feature) of the centre of each clip, without augmentation.
    speakers : (clip,), from 0 on, each with at least one clip.
    """
    found = (
        ClipStatistics(clip_statistics(clip[None], torch.tensor([len(clip)]))[0].numpy(), len(clip))
        for clip in clips
    )
    pooled = pool_by_speaker(zip(found, speakers.tolist(), strict=True))
    return torch.from_numpy(np.stack([pooled[speaker] for speaker in range(len(pooled))]))


def _by_own_mean(features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """`features` with zero mean and unit deviation over all values of each clip."""
    inside = frame_mask(lengths, features.shape[1])[:, :, None]
    count = (lengths * features.shape[2]).to(features.dtype)[:, None, None]
    mean = features.masked_fill(~inside, 0.0).sum((1, 2), keepdim=True) / count
    centred = (features - mean).masked_fill(~inside, 0.0)
    variance = centred.square().sum((1, 2), keepdim=True) / count
    return centred / variance.clamp(min=_LEAST_DEVIATION**2).sqrt()
