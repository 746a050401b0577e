"""Tiny checkpoints of pretrained encoders, and what every encoder must keep to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.loading import import_transformers, quiet

FAMILIES = (
    "wav2vec2",
    "hubert",
    "wavlm",
    "wav2vec2-layer-norm",
    "hubert-layer-norm",
    "wavlm-layer-norm",
    "data2vec-audio",
    "unispeech-sat",
    "distilhubert",
    "whisper",
)
"""What `tiny_checkpoint` can make: group-norm models, layer-norm models and the rest."""

_REAL_SIZES: dict[str, dict[str, Any]] = {
    "base": {},  # what transformers takes where it is not told
    "large": {
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
        "conv_bias": True,
        "feat_extract_norm": "layer",
        "do_stable_layer_norm": True,
    },
}
_WIDTH = 32
_TOLERANCE = 1e-4
_LENGTHS = (24_000, 17_001, 300, 9_000, 1, 4_321)
"""Samples of the clips that an encoder is held to; two are below a receptive field of 25 ms."""


def tiny_checkpoint(folder: Path, family: str, *, seed: int = 0, layers: int = 3) -> Path:
    """`folder`, with a checkpoint of random weights in the hub's format written into it.

    As small as it is, a clip becomes as many frames as in the real ones.

    Parameters
    ----------
    folder : is made where it is missing.
    family : one of `FAMILIES`.
    seed : of the weights.
    layers : transformer layers; those of ``distilhubert`` are always two.
    """
    kind = "hubert" if family == "distilhubert" else family.removesuffix("-layer-norm")
    settings = _whisper(layers) if kind == "whisper" else _convolutional(family, layers)
    return _write(folder, kind, settings, normalise=family != "wavlm", seed=seed, spread=0.1)


def real_size_checkpoint(folder: Path, family: str, size: str) -> Path:
    """`folder`, with a checkpoint of random weights as large as the published ones.

    What does not depend on the weights' values can be measured on it: time, memory, size of files.

    Parameters
    ----------
    folder : is made where it is missing.
    family : ``wav2vec2``, ``hubert``, ``wavlm`` or ``whisper``.
    size : ``base`` (768 features, 12 layers, group norm) or ``large`` (1024, 24, layer norm); of
        ``whisper`` the encoders of its small and medium models.
    """
    settings = _real_whisper(size) if family == "whisper" else _REAL_SIZES[size]
    normalise = size == "large" or family != "wavlm"
    return _write(folder, family, settings, normalise=normalise, seed=0, spread=0.0)


def _write(
    folder: Path, kind: str, settings: dict[str, Any], *, normalise: bool, seed: int, spread: float
) -> Path:
    """Write fresh weights, moved by `spread`, and what belongs to them."""
    transformers = import_transformers()
    config = transformers.AutoConfig.for_model(kind, **settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = transformers.AutoModel.from_config(config)
        if spread:  # fresh ones hardly hear what they are given
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.add_(spread * torch.randn_like(parameter))
    with quiet(transformers):
        model.save_pretrained(folder)
    _preprocessor(transformers, kind, normalise=normalise).save_pretrained(folder)
    return folder


def _convolutional(family: str, layers: int) -> dict[str, Any]:
    stable = family.endswith("-layer-norm")
    settings = {
        "hidden_size": _WIDTH,
        "num_hidden_layers": 2 if family == "distilhubert" else layers,
        "num_attention_heads": 2,
        "intermediate_size": 2 * _WIDTH,
        "conv_dim": (16,) * 7,
        "num_conv_pos_embedding_groups": 2,
    }
    if family == "data2vec-audio":
        return {**settings, "num_conv_pos_embeddings": 3, "conv_pos_kernel_size": 7}
    return {
        **settings,
        "num_conv_pos_embeddings": 16,
        "conv_bias": stable,
        "feat_extract_norm": "layer" if stable else "group",
        "do_stable_layer_norm": stable,
        "feat_proj_layer_norm": family != "distilhubert",
    }


def _whisper(layers: int) -> dict[str, Any]:
    return {
        "d_model": _WIDTH,
        "encoder_layers": layers,
        "encoder_attention_heads": 2,
        "encoder_ffn_dim": 2 * _WIDTH,
        "decoder_layers": 1,
        "decoder_attention_heads": 2,
        "decoder_ffn_dim": _WIDTH,
        "vocab_size": 16,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "decoder_start_token_id": 1,
    }


def _real_whisper(size: str) -> dict[str, Any]:
    """As the published ones, but for the part that writes, which nobody hears."""
    real = _REAL_SIZES[size]
    return {
        **_whisper(real.get("num_hidden_layers", 12)),
        "d_model": real.get("hidden_size", 768),
        "encoder_attention_heads": real.get("num_attention_heads", 12),
        "encoder_ffn_dim": real.get("intermediate_size", 3072),
    }


def _preprocessor(transformers: Any, kind: str, *, normalise: bool) -> Any:
    if kind == "whisper":
        return transformers.WhisperFeatureExtractor()
    # as the real ones: WavLM's base models hear the waveform as it is
    return transformers.Wav2Vec2FeatureExtractor(do_normalize=normalise)


def check_encoder(encoder: Encoder) -> None:
    """Hold an encoder to the contract: shapes, lengths, padding, garbage, determinism.

    Parameters
    ----------
    encoder : ready to use; it comes out in evaluation mode.

    Raises
    ------
    AssertionError
        What the encoder does not keep to.
    """
    encoder.eval()
    lengths = torch.tensor(_LENGTHS)
    waveforms = 0.1 * torch.randn(
        len(lengths), int(lengths.max()), generator=torch.Generator().manual_seed(0)
    )
    behind = torch.arange(waveforms.shape[1]) >= lengths[:, None]
    with torch.no_grad():
        together = encoder.states(waveforms.masked_fill(behind, 0.0), lengths)
        _check_shapes(encoder, together, lengths)
        _check_each_alone(encoder, waveforms, lengths, together)
        garbage = encoder.states(waveforms.masked_fill(behind, float("nan")), lengths)
        again = encoder.states(waveforms, lengths)
    for count, first, second, third in zip(
        encoder.frame_lengths(lengths), together, garbage, again, strict=True
    ):
        assert torch.equal(first[:, :count], second[:, :count]), (
            "what stands behind a clip's end changes its states"
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
            f"{least - 1} and {least} samples have {found} frames; minimum_samples says that "
            f"{count} need {least}"
        )


def _check_each_alone(
    encoder: Encoder, waveforms: torch.Tensor, lengths: torch.Tensor, together: torch.Tensor
) -> None:
    frames = encoder.frame_lengths(lengths)
    for waveform, length, states, count in zip(waveforms, lengths, together, frames, strict=True):
        alone = encoder.states(waveform[None, :length], length[None])[0]
        assert alone.shape[1] == count, (
            f"{int(length)} samples became {alone.shape[1]} frames, frame_lengths says {int(count)}"
        )
        error = float((states[:, :count] - alone).norm() / alone.norm())
        assert error <= _TOLERANCE, (
            f"in a padded batch the states of a clip of {int(length)} samples differ by {error:.1e} "
            "from those of the clip alone"
        )
