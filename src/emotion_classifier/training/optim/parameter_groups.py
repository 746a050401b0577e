"""Groups of weights by learning rate and weight decay."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from torch import nn

from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.lora import is_adapter_weight


class ParameterGroup(NamedTuple):
    """Weights of one learning rate and weight decay.

    Parameters
    ----------
    parameters : the weights.
    learning_rate : the highest.
    weight_decay : decoupled, as AdamW has it.
    """

    parameters: list[nn.Parameter]
    learning_rate: float
    weight_decay: float


def parameter_groups(
    module: nn.Module,
    encoder: Encoder | None,
    *,
    learning_rate: float,
    encoder_learning_rate: float,
    layer_decay: float,
    weight_decay: float,
) -> list[ParameterGroup]:
    """The weights of `module` that are ever trained, those at `learning_rate` first.

    That rate is for all weights without pretraining: head, mixing weights of the encoder's layers,
    adapters. Pretrained weights of an encoder have `encoder_learning_rate`, multiplied by `layer_decay`
    for each transformer layer above them. Vectors (biases, normalisations) are not decayed.

    Parameters
    ----------
    module : with gradients wanted for all that will ever be trained.
    encoder : of `module`, if it has one.
    learning_rate, encoder_learning_rate, layer_decay, weight_decay : as in `TrainingConfig`.
    """
    depths = _pretrained_depths(encoder) if encoder is not None else {}
    groups: dict[tuple[int, bool], list[nn.Parameter]] = defaultdict(list)
    for parameter in module.parameters():
        if parameter.requires_grad:
            groups[depths.get(parameter, -1), parameter.ndim <= 1].append(parameter)
    return [
        ParameterGroup(
            parameters,
            learning_rate if depth < 0 else encoder_learning_rate * layer_decay**depth,
            0.0 if is_vector else weight_decay,
        )
        for (depth, is_vector), parameters in sorted(groups.items(), key=lambda item: item[0])
    ]


def _pretrained_depths(encoder: Encoder) -> dict[nn.Parameter, int]:
    """Transformer layers above each pretrained weight."""
    return {
        parameter: depth
        for depth, part in encoder.parts.by_depth()
        for name, parameter in part.named_parameters()
        if not is_adapter_weight(name)
    }
