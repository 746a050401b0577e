"""An exponential moving average of the weights during training."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from torch import nn


class MovingAverage:
    """The exponential moving average of a module's trained weights and running statistics.

    Early weights count less: after step t the decay is at most (1 + t) / (10 + t), as in TensorFlow's
    ``ExponentialMovingAverage``.

    Parameters
    ----------
    module : whose weights are averaged.
    frozen : names of weights that stay as they are.
    decay : factor of the average at each step, 0 to 1.
    """

    def __init__(self, module: nn.Module, frozen: Collection[str], *, decay: float) -> None:
        self.module = module
        self.frozen = frozen
        self.decay = decay
        self.values: dict[str, torch.Tensor] = {}
        """Average of each weight by its name; empty before training."""

    def start(self) -> None:
        """Begin with the present weights, or with `values` from a checkpoint."""
        present = self._weights()
        started = self.values or {name: weight.clone() for name, weight in present.items()}
        self.values = {name: value.to(present[name].device) for name, value in started.items()}

    def update(self, step: int) -> None:
        """Include the weights after `step`; the first is 1."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, weight in self._weights().items():
            self.values[name].lerp_(weight, 1.0 - decay)

    def swap(self) -> None:
        """Exchange the weights of the module and the average."""
        for name, weight in self._weights().items():
            present = weight.clone()
            weight.copy_(self.values[name])
            # In place, as a new tensor of Lightning's inference mode could not be updated afterwards.
            self.values[name].copy_(present)

    def _weights(self) -> Mapping[str, torch.Tensor]:
        """Name → weight of the module, without those that are frozen or whole numbers."""
        return {
            name: weight
            for name, weight in self.module.state_dict().items()
            if name not in self.frozen and weight.is_floating_point()
        }
