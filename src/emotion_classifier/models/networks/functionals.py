"""Statistics of features over time, the functionals of classical emotion recognition."""

from __future__ import annotations

import torch

from emotion_classifier.models.lengths import frame_mask, zero_padding

_PERCENTILES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
_LEAST_VARIANCE = 1e-4

FUNCTIONALS = 4 + len(_PERCENTILES) + 2 + 3
"""Values for each feature."""


def functionals(sequences: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Statistics (batch, feature * FUNCTIONALS) of each feature over the frames of its clip.

    Mean, deviation, skewness, kurtosis; percentiles 1, 10, 25, 50, 75, 90, 99; slope and curvature
    over the clip; mean absolute value, deviation and rising share of the change from frame to frame. They
    follow the functionals of openSMILE's ComParE set (Schuller et al., Interspeech 2013) as far as
    these make sense for standardised spectral features.

    Parameters
    ----------
    sequences : (batch, frame, feature), standardised.
    lengths : (batch,) valid frames, at least one.
    """
    values = zero_padding(sequences.float(), lengths)
    parts = [
        *_moments(values, lengths),
        *_percentiles(values, lengths),
        *_trend(values, lengths),
        *_changes(values, lengths),
    ]
    return torch.cat(parts, 1)


def _mean(values: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Mean (batch, feature) of `values` whose padding is zero."""
    return values.sum(1) / lengths[:, None].to(values.dtype)


def _moments(values: torch.Tensor, lengths: torch.Tensor) -> list[torch.Tensor]:
    mean = _mean(values, lengths)
    centred = zero_padding(values - mean[:, None, :], lengths)
    deviation = (_mean(centred.square(), lengths) + _LEAST_VARIANCE).sqrt()
    scaled = centred / deviation[:, None, :]
    skewness = _mean(scaled**3, lengths)
    kurtosis = _mean(scaled**4, lengths)
    # Both have long tails; the logarithm keeps single clips from dominating the next layer.
    return [mean, deviation, skewness.sign() * skewness.abs().log1p(), kurtosis.log1p()]


def _percentiles(values: torch.Tensor, lengths: torch.Tensor) -> list[torch.Tensor]:
    """Percentiles (batch, feature) of each share, without interpolation."""
    inside = frame_mask(lengths, values.shape[1])[:, :, None]
    ordered = values.masked_fill(~inside, torch.finfo(values.dtype).max).sort(1).values
    ranks = [((lengths - 1).float() * share).round().long() for share in _PERCENTILES]
    width = values.shape[2]
    return [ordered.gather(1, p[:, None, None].expand(-1, 1, width))[:, 0] for p in ranks]


def _trend(values: torch.Tensor, lengths: torch.Tensor) -> list[torch.Tensor]:
    """Coefficients of the first two Legendre polynomials over the clip, -1 to 1."""
    frames = torch.arange(values.shape[1], device=lengths.device)[None, :]
    last = (lengths[:, None] - 1).clamp(min=1)
    time = (2.0 * frames / last - 1.0)[:, :, None]
    return [
        3.0 * _mean(values * time, lengths),
        5.0 * _mean(values * (1.5 * time.square() - 0.5), lengths),
    ]


def _changes(values: torch.Tensor, lengths: torch.Tensor) -> list[torch.Tensor]:
    steps = (lengths - 1).clamp(min=1)
    changes = zero_padding(values[:, 1:] - values[:, :-1], lengths - 1)
    size = _mean(changes.abs(), steps)
    spread = (_mean(changes.square(), steps) + _LEAST_VARIANCE).sqrt()
    rising = _mean((changes > 0).to(values.dtype), steps)
    return [size, spread, rising]
