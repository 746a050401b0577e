"""Low-rank adapters beside frozen linear layers: the door to peft."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from emotion_classifier.errors import ConfigError, MissingDependencyError
from emotion_classifier.models.encoders.parts import encoder_parts

_ADAPTER = "default"
_MARK = ".lora_"


@dataclass(frozen=True)
class Lora:
    """What adapters are like.

    Parameters
    ----------
    rank : inner width.
    alpha : what an adapter adds is multiplied by ``alpha / rank``.
    dropout : share of an adapter's inputs dropped while training.
    target_modules : names of the linear layers that get one.
    """

    rank: int
    alpha: float
    dropout: float
    target_modules: tuple[str, ...]


def add_adapters(model: nn.Module, lora: Lora) -> None:
    """Put adapters, which at first add nothing, into the transformer layers of `model`.

    Raises
    ------
    ConfigError
        A target that this encoder has not.
    MissingDependencyError
        peft is not installed.
    """
    require_targets(model, lora.target_modules)
    try:
        import peft
    except ImportError:
        raise MissingDependencyError("peft", "train", "tuning: {kind: lora}") from None
    settings = peft.LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,  # type: ignore[arg-type]  # peft divides it, so it may be a fraction
        lora_dropout=lora.dropout,
        target_modules=list(lora.target_modules),
    )
    peft.inject_adapter_in_model(settings, model, adapter_name=_ADAPTER)


def require_targets(model: nn.Module, names: tuple[str, ...]) -> None:
    """Raise `ConfigError` where a name is that of no linear layer in `model`'s transformer."""
    linear = dict.fromkeys(
        name.rpartition(".")[2]
        for layer in encoder_parts(model).layers
        for name, module in layer.named_modules()
        if isinstance(module, nn.Linear)
    )
    for name in names:
        if name not in linear:
            raise ConfigError(
                f"model.frontend.tuning.target_modules: {name!r} is no linear layer of this "
                f"encoder, which has {', '.join(linear)}"
            )


def is_adapter_weight(name: str) -> bool:
    """Whether a weight of this name belongs to an adapter."""
    return _MARK in name


def adapters(module: nn.Module) -> Iterator[nn.Module]:
    """The linear layers with an adapter anywhere in `module`."""
    return (layer for _, layer in _named_adapters(module))


def adapter_parameters(module: nn.Module) -> Iterator[nn.Parameter]:
    """The weights of the adapters anywhere in `module`."""
    for name, parameter in module.named_parameters():
        if is_adapter_weight(name):
            yield parameter


def merged_weights(module: nn.Module) -> dict[str, torch.Tensor]:
    """Weights with their adapters added, by the name that they have without adapters."""
    return {f"{name}.weight": _merged(layer) for name, layer in _named_adapters(module)}


def merge_adapters(module: nn.Module) -> None:
    """Add the adapters anywhere in `module` to their weights, and leave plain linear layers."""
    for name, layer in list(_named_adapters(module)):
        base: nn.Linear = layer.base_layer
        base.weight.data = _merged(layer).detach()
        parent, _, child = name.rpartition(".")
        setattr(module.get_submodule(parent), child, base)


def _merged(layer: Any) -> torch.Tensor:
    """The weight (output, input) of a linear layer with its adapter."""
    change = layer.lora_B[_ADAPTER].weight @ layer.lora_A[_ADAPTER].weight
    merged: torch.Tensor = layer.base_layer.weight + layer.scaling[_ADAPTER] * change
    return merged


def _named_adapters(module: nn.Module) -> Iterator[tuple[str, Any]]:
    for name, layer in module.named_modules():
        if hasattr(layer, "lora_A") and hasattr(layer, "base_layer"):
            yield name, layer
