"""Low-rank adapters beside frozen linear layers. Only this module imports peft."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import nn

from emotion_classifier.errors import ConfigError, MissingDependencyError
from emotion_classifier.models.encoders.tuning import Lora

_ADAPTER = "default"


def add_adapters(model: nn.Module, lora: Lora) -> None:
    """Put adapters, whose output is zero at first, beside the target layers of `model`.

    Raises
    ------
    MissingDependencyError
        peft is not installed.
    """
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


def require_targets(layers: Iterable[nn.Module], names: Iterable[str]) -> None:
    """Raise `ConfigError` if a name is not that of a linear layer inside the transformer `layers`."""
    linear = dict.fromkeys(
        name.rpartition(".")[2]
        for layer in layers
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
    return ".lora_" in name


def adapters(module: nn.Module) -> Iterator[nn.Module]:
    """The linear layers with an adapter anywhere in `module`."""
    return (layer for _, layer in _named_adapters(module))


def adapter_parameters(module: nn.Module) -> Iterator[nn.Parameter]:
    """The weights of the adapters anywhere in `module`."""
    return (p for name, p in module.named_parameters() if is_adapter_weight(name))


def merged_weights(module: nn.Module) -> dict[str, torch.Tensor]:
    """Sums of weights and their adapters, by the names that weights have without adapters."""
    return {
        f"{name}.weight": layer.get_base_layer().weight + layer.get_delta_weight(_ADAPTER)
        for name, layer in _named_adapters(module)
    }


def merge_adapters(module: nn.Module) -> None:
    """Add the adapters anywhere in `module` to their weights, and restore plain linear layers."""
    for name, layer in list(_named_adapters(module)):
        layer.merge()
        module.set_submodule(name, layer.get_base_layer())


def _named_adapters(module: nn.Module) -> Iterator[tuple[str, Any]]:
    for name, layer in module.named_modules():
        if hasattr(layer, "lora_A") and hasattr(layer, "base_layer"):
            yield name, layer
