"""Checkpoints of random weights, and the contract tests of encoders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.loading import import_transformers, quiet

_Settings = dict[str, Any]

_TINY_SIZE: _Settings = {"hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64}
_TINY = _TINY_SIZE | {
    # As many frames as with the seven convolutions of published checkpoints: a receptive field of 400
    # samples and a hop of 320.
    "conv_dim": (16,) * 3,
    "conv_kernel": (10, 15, 9),
    "conv_stride": (5, 8, 8),
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
}
_LAYER_NORM: _Settings = {
    "conv_bias": True,
    "feat_extract_norm": "layer",
    "do_stable_layer_norm": True,
}
_WHISPER: _Settings = {
    "encoder_ffn_dim": 64,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 32,
    "vocab_size": 16,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 1,
}
TINY_CHECKPOINTS: dict[str, tuple[str, _Settings]] = {
    "wav2vec2": ("wav2vec2", _TINY),
    "hubert": ("hubert", _TINY),
    "wavlm": ("wavlm", _TINY),
    "wav2vec2-layer-norm": ("wav2vec2", _TINY | _LAYER_NORM),
    "hubert-layer-norm": ("hubert", _TINY | _LAYER_NORM),
    "wavlm-layer-norm": ("wavlm", _TINY | _LAYER_NORM),
    "data2vec-audio": (
        "data2vec-audio",
        _TINY | {"num_conv_pos_embeddings": 3, "conv_pos_kernel_size": 7},
    ),
    "unispeech": ("unispeech", _TINY),
    "unispeech-sat": ("unispeech-sat", _TINY),
    "distilhubert": ("hubert", _TINY | {"feat_proj_layer_norm": False}),
    "whisper": ("whisper", _TINY_SIZE | _WHISPER),
}
"""Name for `tiny_checkpoint` → architecture and settings in the words of transformers."""
_REAL_SIZES: dict[str, _Settings] = {
    "base": {
        "hidden_size": 768,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "intermediate_size": 3072,
    },
    "large": {
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
        **_LAYER_NORM,
    },
}
_TOLERANCE = 1e-4
_LENGTHS = (24_000, 17_001, 300, 9_000, 1, 4_321)
"""Samples of the test clips; two are shorter than a receptive field of 25 ms."""


def tiny_checkpoint(folder: Path, name: str, *, seed: int = 0, layers: int = 3) -> Path:
    """Write a small checkpoint of random weights in the hub's format; returns `folder`.

    A clip has as many frames as with the published checkpoints.

    Parameters
    ----------
    folder : created where it is missing.
    name : one of `TINY_CHECKPOINTS`.
    seed : of the weights.
    layers : number of transformer layers.
    """
    model_type, settings = TINY_CHECKPOINTS[name]
    settings = settings | {"num_hidden_layers": layers}
    normalise = name != "wavlm"  # as the published base models
    return _write(folder, model_type, settings, normalise=normalise, seed=seed, spread=0.1)


def real_size_checkpoint(folder: Path, model_type: str, size: str) -> Path:
    """Write a checkpoint of random weights as large as the published ones; returns `folder`.

    For measurements that do not depend on the weights' values: time, memory, size of files.

    Parameters
    ----------
    folder : created where it is missing.
    model_type : ``wav2vec2``, ``hubert``, ``wavlm`` or ``whisper``.
    size : ``base`` (768 features, 12 layers, group norm) or ``large`` (1024, 24, layer norm); for
        ``whisper`` the encoders of its small and medium models.
    """
    settings = _REAL_SIZES[size]
    if model_type == "whisper":  # the decoder is not used, so it is small
        settings = settings | _WHISPER | {"encoder_ffn_dim": settings["intermediate_size"]}
    normalise = size == "large" or model_type != "wavlm"
    return _write(folder, model_type, settings, normalise=normalise, seed=0, spread=0.0)


def _write(
    folder: Path, model_type: str, settings: _Settings, *, normalise: bool, seed: int, spread: float
) -> Path:
    """Write fresh weights, changed at random by `spread`, with settings and preprocessor."""
    transformers = import_transformers()
    config = transformers.AutoConfig.for_model(model_type, **settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = transformers.AutoModel.from_config(config)
        if spread:  # the states of fresh weights hardly depend on the input
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.add_(spread * torch.randn_like(parameter))
    with quiet(transformers):
        model.save_pretrained(folder)
    preprocessor = json.dumps({"do_normalize": normalise, "sampling_rate": 16_000})
    (folder / "preprocessor_config.json").write_text(preprocessor, "utf-8")
    return folder


def check_encoder(encoder: Encoder) -> None:
    """Check the contract of an encoder: shapes, lengths, padding, determinism.

    Parameters
    ----------
    encoder : is set to evaluation mode.

    Raises
    ------
    AssertionError
        The encoder violates the contract.
    """
    encoder.eval()
    lengths = torch.tensor(_LENGTHS)
    waveforms = 0.1 * torch.randn(
        len(lengths), int(lengths.max()), generator=torch.Generator().manual_seed(0)
    )
    outside = torch.arange(waveforms.shape[1]) >= lengths[:, None]
    with torch.no_grad():
        together = encoder.states(waveforms.masked_fill(outside, 0.0), lengths)
        _check_shapes(encoder, together, lengths)
        _check_each_alone(encoder, waveforms, lengths, together)
        garbage = encoder.states(waveforms.masked_fill(outside, float("nan")), lengths)
        again = encoder.states(waveforms, lengths)
    for count, first, second, third in zip(
        encoder.frame_lengths(lengths), together, garbage, again, strict=True
    ):
        assert torch.equal(first[:, :count], second[:, :count]), (
            "the padding of a clip changes its states"
        )
        assert torch.equal(first[:, :count], third[:, :count]), "states must be deterministic"


def _check_shapes(encoder: Encoder, states: torch.Tensor, lengths: torch.Tensor) -> None:
    frames = encoder.frame_lengths(lengths)
    assert frames.dtype == torch.int64, f"frames are counted in {frames.dtype}, not int64"
    expected = (len(lengths), len(encoder.chosen), int(frames.max()), encoder.features)
    assert states.shape == expected, f"states have the shape {tuple(states.shape)}, not {expected}"
    assert states.dtype == torch.float32, f"states are {states.dtype}, not float32"
    features = encoder.combine(states)
    assert features.shape == (expected[0], *expected[2:]), (
        f"features have the shape {tuple(features.shape)}, not (batch, frame, feature)"
    )
    for count in (1, 2, 50):
        least = encoder.minimum_samples(count)
        found = encoder.frame_lengths(torch.tensor([least - 1, least])).tolist()
        assert found == [max(1, count - 1), count], (
            f"{least - 1} and {least} samples have {found} frames; minimum_samples gives "
            f"{least} for {count}"
        )


def _check_each_alone(
    encoder: Encoder, waveforms: torch.Tensor, lengths: torch.Tensor, together: torch.Tensor
) -> None:
    frames = encoder.frame_lengths(lengths)
    for waveform, length, states, count in zip(waveforms, lengths, together, frames, strict=True):
        alone = encoder.states(waveform[None, :length], length[None])[0]
        assert alone.shape[1] == count, (
            f"{int(length)} samples have {alone.shape[1]} frames, but frame_lengths gives {int(count)}"
        )
        error = float((states[:, :count] - alone).norm() / alone.norm())
        assert error <= _TOLERANCE, (
            f"in a padded batch the states of a clip of {int(length)} samples differ by {error:.1e} "
            "from those of the clip alone"
        )
