"""Contract tests of poolings."""

from __future__ import annotations

import torch

from emotion_classifier.testing.networks import (
    PartSettings,
    check_gradients,
    check_options,
    check_reproducible,
    check_state,
    relative_error,
    trained_looking,
)

_FEATURES = 12
_LENGTHS = (1, 5, 9)
_TOLERANCE = 1e-5


def check_pooling(config: PartSettings) -> None:
    """Check the contract of a pooling: shapes, padding, gradients, determinism, saving, options.

    Parameters
    ----------
    config : of the pooling; ``config.build(features)`` gives a module with ``output_features``
        that takes (batch, frame, feature) and lengths (batch,) of one frame or more.

    Raises
    ------
    AssertionError
        The pooling violates the contract.
    """
    check_options(config)
    pooling = trained_looking(config, _FEATURES)
    lengths = torch.tensor(_LENGTHS)
    generator = torch.Generator().manual_seed(1)
    sequences = torch.randn(len(_LENGTHS), max(_LENGTHS), _FEATURES, generator=generator)
    outside = torch.arange(max(_LENGTHS))[None, :, None] >= lengths[:, None, None]
    with torch.no_grad():
        vectors = pooling(sequences, lengths)
        garbage = pooling(torch.where(outside, 1e3, sequences), lengths)
        alone = torch.cat(
            [pooling(s[None, :n], n[None]) for s, n in zip(sequences, lengths, strict=True)]
        )
    expected = (len(_LENGTHS), pooling.output_features)
    assert vectors.shape == expected, f"vectors {tuple(vectors.shape)} are not {expected}"
    assert vectors.dtype == torch.float32, f"vectors are {vectors.dtype}, not float32"
    assert torch.isfinite(vectors).all(), "vectors must be finite, also for one frame"
    for what, others in (("garbage in the padding", garbage), ("a batch", alone)):
        error = relative_error(others, vectors)
        assert error <= _TOLERANCE, f"{what} changes a vector by {error:.2e}"
    check_reproducible(pooling, sequences, lengths)
    check_gradients(pooling, sequences.requires_grad_(), lengths)
    check_state(pooling, config.build(_FEATURES), sequences.detach(), lengths)
