"""The parts of a pretrained encoder, from the bottom to the top."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn


@dataclass(frozen=True)
class Parts:
    """What an encoder is made of; together all of its weights but constants.

    Not among them are the positions that Whisper adds, which are a fixed table, and the vector that
    stands for masked frames, which stays as pretraining left it.

    Parameters
    ----------
    feature_encoder : convolutions over the waveform, or over Whisper's spectrogram.
    stem : between these and the first layer: projection, positions, normalisation.
    layers : the transformer layers, in their order.
    closing : the normalisation above the last layer, where there is one.
    """

    feature_encoder: tuple[nn.Module, ...]
    stem: tuple[nn.Module, ...]
    layers: tuple[nn.Module, ...]
    closing: tuple[nn.Module, ...]

    def by_depth(self) -> Iterator[tuple[int, nn.Module]]:
        """Each part with the number of transformer layers above it, from the top down."""
        for part in self.closing:
            yield 0, part
        yield from enumerate(reversed(self.layers))
        for part in (*self.stem, *self.feature_encoder):
            yield len(self.layers), part


def encoder_parts(model: nn.Module) -> Parts:
    """The parts of a transformers `model`: of the kind of Wav2Vec2, or Whisper's encoder."""
    body: Any = getattr(model, "encoder", model)
    norm_is_above = body is model or getattr(model.config, "do_stable_layer_norm", False)
    stem_names = (
        ("pos_conv_embed", "dropout")
        if norm_is_above
        else ("pos_conv_embed", "layer_norm", "dropout")
    )
    return Parts(
        feature_encoder=_modules(model, "feature_extractor", "conv1", "conv2"),
        stem=(*_modules(model, "feature_projection"), *_modules(body, *stem_names)),
        layers=tuple(body.layers),
        closing=_modules(body, "layer_norm") if norm_is_above else (),
    )


def _modules(parent: nn.Module, *names: str) -> tuple[nn.Module, ...]:
    """The children of these names that are there; Whisper's ``dropout`` is a number."""
    found = (getattr(parent, name, None) for name in names)
    return tuple(child for child in found if isinstance(child, nn.Module))
