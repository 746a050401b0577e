"""Contract tests of networks, poolings and front-ends."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, Self

import numpy as np
import onnxruntime
import torch
from torch import nn
from torch.export import Dim

from emotion_classifier.units import Hertz

_FEATURES = 40
_TOLERANCE = 1e-5
_EXPORT_TOLERANCE = 1e-4
_FRONTEND_TOLERANCE = 1e-4
_POOLING_FEATURES = 12
_POOLING_LENGTHS = (1, 5, 9)


class PartSettings(Protocol):
    """Settings that build a module for so many features, or a front-end for a sample rate."""

    def build(self, size: int, /) -> Any:
        """The module."""

    def model_dump_json(self) -> str:
        """The settings as JSON."""

    @classmethod
    def model_validate_json(cls, json_data: str) -> Self:
        """The settings that JSON holds."""


def check_network(config: PartSettings, *, features: int = _FEATURES) -> None:
    """Check the contract of a network: shapes, padding, gradients, determinism, saving, options.

    Parameters
    ----------
    config : of the network; ``config.build(features)`` gives a module with ``minimum_frames`` and
        ``embedding_features`` that takes (batch, frame, feature) and lengths (batch,).
    features : values in a frame of the input.

    Raises
    ------
    AssertionError
        The network violates the contract.
    """
    check_options(config)
    network = trained_looking(config, features)
    _check_every_length(network, features)
    check_reproducible(network, *_clips(network, features))
    _check_padding(network, features)
    check_gradients(network, *_clips(network, features))
    check_state(network, config.build(features), *_clips(network, features))


def check_network_export(config: PartSettings, *, features: int = _FEATURES) -> None:
    """Compare the ONNX graph of a network with the network itself, over batches and lengths.

    Raises
    ------
    AssertionError
        Their embeddings differ by more than 1e-4.
    """
    network = trained_looking(config, features)
    with TemporaryDirectory() as folder:
        path = Path(folder, "network.onnx")
        _export(network, path, *_clips(network, features))
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for extra, batch in ((0, 1), (7, 3), (61, 2)):
        sequences, lengths = _clips(network, features, extra=extra, batch=batch)
        with torch.no_grad():
            expected = network(sequences, lengths).numpy()
        (found,) = session.run(None, {"features": sequences.numpy(), "lengths": lengths.numpy()})
        error = float(np.abs(found - expected).max())
        assert error <= _EXPORT_TOLERANCE, (
            f"onnxruntime differs by {error:.2e} for {tuple(sequences.shape)}"
        )


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
    pooling = trained_looking(config, _POOLING_FEATURES)
    lengths = torch.tensor(_POOLING_LENGTHS)
    generator = torch.Generator().manual_seed(1)
    sequences = torch.randn(
        len(_POOLING_LENGTHS), max(_POOLING_LENGTHS), _POOLING_FEATURES, generator=generator
    )
    outside = torch.arange(max(_POOLING_LENGTHS))[None, :, None] >= lengths[:, None, None]
    with torch.no_grad():
        vectors = pooling(sequences, lengths)
        garbage = pooling(torch.where(outside, 1e3, sequences), lengths)
        alone = torch.cat(
            [pooling(s[None, :n], n[None]) for s, n in zip(sequences, lengths, strict=True)]
        )
    expected = (len(_POOLING_LENGTHS), pooling.output_features)
    assert vectors.shape == expected, f"vectors {tuple(vectors.shape)} are not {expected}"
    assert vectors.dtype == torch.float32, f"vectors are {vectors.dtype}, not float32"
    assert torch.isfinite(vectors).all(), "vectors must be finite, also for one frame"
    for what, others in (("garbage in the padding", garbage), ("a batch", alone)):
        error = relative_error(others, vectors)
        assert error <= _TOLERANCE, f"{what} changes a vector by {error:.2e}"
    check_reproducible(pooling, sequences, lengths)
    check_gradients(pooling, sequences.requires_grad_(), lengths)
    check_state(pooling, config.build(_POOLING_FEATURES), sequences.detach(), lengths)


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
        _check_frontend_lengths(frontend, sample_rate)
        _check_frontend_padding(frontend, sample_rate)
        _check_frontend_values(frontend, sample_rate)


def check_options(config: PartSettings) -> None:
    """Check that settings survive a round trip through JSON, as in run and model folders."""
    again = type(config).model_validate_json(config.model_dump_json())
    assert again == config, f"{config} became {again} on a round trip through JSON"


def check_reproducible(module: nn.Module, *inputs: torch.Tensor) -> None:
    """Check that a module is deterministic, in training for each seed of torch."""
    module = copy.deepcopy(module).eval()
    with torch.no_grad():
        assert torch.equal(module(*inputs), module(*inputs)), "evaluation must be deterministic"
        module.train()
        outputs = []
        for _ in range(2):
            torch.manual_seed(5)
            outputs.append(copy.deepcopy(module)(*inputs))
    assert torch.equal(*outputs), "training must depend on torch.manual_seed only"


def check_gradients(module: nn.Module, *inputs: torch.Tensor) -> None:
    """Check that a gradient reaches every parameter of a module."""
    module = copy.deepcopy(module).train()
    torch.manual_seed(0)
    outputs = module(*inputs)
    (outputs * torch.randn_like(outputs)).sum().backward()
    for name, parameter in module.named_parameters():
        gradient = parameter.grad
        assert gradient is not None, f"no gradient reaches {name}"
        assert torch.isfinite(gradient).all(), f"the gradient of {name} is not finite"
        assert gradient.abs().max() > 1e-7, f"the gradient of {name} is zero everywhere"


def check_state(module: nn.Module, fresh: nn.Module, *inputs: torch.Tensor) -> None:
    """Check that a fresh module with the state of `module` gives the same output."""
    fresh.load_state_dict(copy.deepcopy(module.state_dict()))
    with torch.no_grad():
        assert torch.equal(module.eval()(*inputs), fresh.eval()(*inputs)), (
            "a fresh module with the same state_dict must give the same output"
        )


def trained_looking(config: PartSettings, features: int) -> Any:
    """A module in evaluation mode whose biases and statistics are not zero as in a fresh one.

    A fresh network maps zeros to zeros in many layers, which would hide an effect of the padding.
    """
    torch.manual_seed(3)
    module = config.build(features)
    for parameter in module.parameters():
        if parameter.ndim <= 1:
            nn.init.normal_(parameter, mean=float(parameter.detach().mean()), std=0.2)
    for name, buffer in module.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(std=0.3)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2.0)
    return module.eval()


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    """The largest difference, as a share of the largest expected value where that is above one."""
    return float((found - expected).abs().max() / expected.abs().max().clamp(min=1.0))


def _clips(
    network: Any, features: int, *, extra: int = 20, batch: int = 4
) -> tuple[torch.Tensor, torch.Tensor]:
    """Standardised noise (batch, frame, feature); each clip is shorter than the one before."""
    generator = torch.Generator().manual_seed(extra)
    lengths = torch.linspace(network.minimum_frames + extra, network.minimum_frames, batch).long()
    return torch.randn(batch, int(lengths.max()), features, generator=generator), lengths


def _check_every_length(network: Any, features: int) -> None:
    width = network.embedding_features
    for extra in (0, 1, 2, 3, 5, 50):
        sequences, lengths = _clips(network, features, extra=extra, batch=2)
        with torch.no_grad():
            embeddings = network(sequences, lengths)
        where = f"for {tuple(sequences.shape)} with lengths {lengths.tolist()}"
        assert embeddings.shape == (2, width), (
            f"embeddings {tuple(embeddings.shape)} are not (2, {width}) {where}"
        )
        assert embeddings.dtype == torch.float32, f"embeddings are {embeddings.dtype}"
        assert torch.isfinite(embeddings).all(), f"embeddings are not finite {where}"


def _check_padding(network: Any, features: int) -> None:
    sequences, lengths = _clips(network, features, extra=37, batch=6)
    outside = torch.arange(sequences.shape[1])[None, :] >= lengths[:, None]
    garbage = torch.where(outside[:, :, None], 1e3 * sequences + 50.0, sequences)
    longer = torch.cat([garbage, garbage], 1)
    with torch.no_grad():
        alone = torch.cat(
            [network(s[None, :n], n[None]) for s, n in zip(sequences, lengths, strict=True)]
        )
        for what, batch in (("noise", sequences), ("garbage", garbage), ("twice as much", longer)):
            error = relative_error(network(batch, lengths), alone)
            assert error <= _TOLERANCE, f"{what} in the padding changes embeddings by {error:.2e}"
        _check_training_padding(network, sequences, garbage, lengths)


def _check_training_padding(
    network: nn.Module, sequences: torch.Tensor, garbage: torch.Tensor, lengths: torch.Tensor
) -> None:
    outputs = []
    for batch in (sequences, garbage):
        torch.manual_seed(7)
        outputs.append(copy.deepcopy(network).train()(batch, lengths))
    error = relative_error(*outputs)
    assert error <= _TOLERANCE, f"garbage in the padding changes training by {error:.2e}"


def _export(network: nn.Module, path: Path, sequences: torch.Tensor, lengths: torch.Tensor) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own deprecations
        program = torch.onnx.export(
            network,
            (sequences, lengths),
            dynamo=True,
            dynamic_shapes=({0: Dim.DYNAMIC, 1: Dim.DYNAMIC}, {0: Dim.DYNAMIC}),
            input_names=["features", "lengths"],
            verbose=False,
        )
        assert program is not None
        program.save(path)


def _noise(batch: int, samples: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(samples)
    return 0.1 * torch.randn(batch, samples, generator=generator)


def _check_frontend_lengths(frontend: Any, sample_rate: Hertz) -> None:
    hop = frontend.hop_length
    for samples in (1, hop - 1, hop, hop + 1, 7 * hop, sample_rate + 123):
        features = frontend(_noise(2, samples))
        frames = int(frontend.frame_lengths(torch.tensor([samples]))[0])
        expected = (2, frames, frontend.features)
        assert features.shape == expected, (
            f"{samples} samples have features {tuple(features.shape)}, not {expected}"
        )
        assert features.dtype == torch.float32, f"features are {features.dtype}, not float32"


def _check_frontend_padding(frontend: Any, sample_rate: Hertz) -> None:
    lengths = torch.tensor([sample_rate, sample_rate // 2 + 77, sample_rate // 3])
    waveforms = _noise(3, sample_rate)
    waveforms[torch.arange(sample_rate)[None, :] >= lengths[:, None]] = 0.0
    padded = frontend(waveforms, lengths)
    frames = frontend.frame_lengths(lengths)
    for waveform, length, features, count in zip(waveforms, lengths, padded, frames, strict=True):
        alone = frontend(waveform[None, :length])[0]
        error = float((features[:count] - alone).abs().max())
        assert error <= _FRONTEND_TOLERANCE, (
            f"padding of {int(length)} samples changes the features by {error:.2e}"
        )


def _check_frontend_values(frontend: Any, sample_rate: Hertz) -> None:
    silence = frontend(torch.zeros(1, sample_rate))
    assert torch.isfinite(silence).all(), "the features of silence must be finite"
    waveforms = _noise(2, sample_rate)
    features = frontend(waveforms)
    assert torch.equal(features, frontend(waveforms)), "features must be deterministic"
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(features, frontend(waveforms)), (
            "features must not lose precision under autocast"
        )
