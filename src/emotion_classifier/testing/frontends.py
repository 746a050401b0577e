"""Contract tests of front-ends."""

from __future__ import annotations

from typing import Any

import torch

from emotion_classifier.testing.networks import PartSettings, check_options
from emotion_classifier.units import Hertz

_TOLERANCE = 1e-4


def check_frontend(config: PartSettings, *, sample_rate: Hertz = 16_000) -> None:
    """Check the contract of a front-end: shapes, lengths, padding, silence, precision, options.

    Parameters
    ----------
    config : of the front-end; ``config.build(sample_rate)`` gives a module with ``features``,
        ``hop_length``, ``minimum_samples`` and ``frame_lengths`` that takes (batch, sample) and,
        where clips are padded, their lengths (batch,).
    sample_rate : of the waveforms.

    Raises
    ------
    AssertionError
        The front-end violates the contract.
    """
    check_options(config)
    frontend = config.build(sample_rate).eval()
    with torch.no_grad():
        _check_lengths(frontend, sample_rate)
        _check_padding(frontend, sample_rate)
        _check_values(frontend, sample_rate)


def _noise(batch: int, samples: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(samples)
    return 0.1 * torch.randn(batch, samples, generator=generator)


def _check_lengths(frontend: Any, sample_rate: Hertz) -> None:
    hop = frontend.hop_length
    for samples in (1, hop - 1, hop, hop + 1, 7 * hop, sample_rate + 123):
        features = frontend(_noise(2, samples))
        frames = int(frontend.frame_lengths(torch.tensor([samples]))[0])
        expected = (2, frames, frontend.features)
        assert features.shape == expected, (
            f"{samples} samples have features {tuple(features.shape)}, not {expected}"
        )
        assert features.dtype == torch.float32, f"features are {features.dtype}, not float32"


def _check_padding(frontend: Any, sample_rate: Hertz) -> None:
    lengths = torch.tensor([sample_rate, sample_rate // 2 + 77, sample_rate // 3])
    waveforms = _noise(3, sample_rate)
    waveforms[torch.arange(sample_rate)[None, :] >= lengths[:, None]] = 0.0
    padded = frontend(waveforms, lengths)
    frames = frontend.frame_lengths(lengths)
    for waveform, length, features, count in zip(waveforms, lengths, padded, frames, strict=True):
        alone = frontend(waveform[None, :length])[0]
        error = float((features[:count] - alone).abs().max())
        assert error <= _TOLERANCE, (
            f"padding of {int(length)} samples changes the features by {error:.2e}"
        )


def _check_values(frontend: Any, sample_rate: Hertz) -> None:
    silence = frontend(torch.zeros(1, sample_rate))
    assert torch.isfinite(silence).all(), "the features of silence must be finite"
    waveforms = _noise(2, sample_rate)
    features = frontend(waveforms)
    assert torch.equal(features, frontend(waveforms)), "features must be deterministic"
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(features, frontend(waveforms)), (
            "features must not lose precision under autocast"
        )
