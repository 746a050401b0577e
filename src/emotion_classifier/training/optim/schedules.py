"""Schedules: the factor of the highest learning rate over training.

Their state is part of the checkpoint, so a resumed run takes the same steps as an uninterrupted one.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Protocol

from pydantic import Field

from emotion_classifier.config import StrictConfig


class Schedule(Protocol):
    """The factor of the learning rate; by default without state."""

    def factor(self, progress: float) -> float:
        """Factor at `progress` epochs since the start (a fraction within an epoch)."""

    def end_epoch(self, score: float) -> None:
        """Take note of the validation score (higher is better) of the epoch that has ended."""
        return

    def state_dict(self) -> dict[str, float]:
        """The state for a checkpoint."""
        return {}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Continue from `state`."""
        return


class CosineConfig(StrictConfig):
    """A linear warm-up, then half a cosine down to zero (Loshchilov and Hutter, ICLR 2017)."""

    kind: Literal["cosine"] = "cosine"
    warmup_epochs: Annotated[float, Field(ge=0.0)] = 2.0
    """Epochs until the highest learning rate."""
    epochs: Annotated[int, Field(ge=1)] | None = None
    """Epochs until zero; null for `training.epochs`."""

    def build(self, epochs: int) -> Cosine:
        """The schedule of a training of `epochs`."""
        return Cosine(self.epochs or epochs, warmup_epochs=self.warmup_epochs)


class PlateauConfig(StrictConfig):
    """A smaller learning rate whenever the validation score stops improving."""

    kind: Literal["plateau"] = "plateau"
    factor: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    """Factor of the learning rate."""
    patience: Annotated[int, Field(ge=0)] = 5
    """Epochs without a better score before it is applied."""
    warmup_epochs: Annotated[float, Field(ge=0.0)] = 0.0
    """Epochs until the highest learning rate."""

    def build(self, epochs: int) -> Plateau:
        """The schedule."""
        return Plateau(decay=self.factor, patience=self.patience, warmup_epochs=self.warmup_epochs)


ScheduleConfig = Annotated[CosineConfig | PlateauConfig, Field(discriminator="kind")]


class Cosine(Schedule):
    """See `CosineConfig`.

    Parameters
    ----------
    epochs : until the factor is zero.
    warmup_epochs : until the factor is one.
    """

    def __init__(self, epochs: int, *, warmup_epochs: float) -> None:
        self.epochs = epochs
        self.warmup_epochs = warmup_epochs

    def factor(self, progress: float) -> float:
        """Factor at `progress` epochs since the start."""
        warm_up = _warm_up(progress, self.warmup_epochs)
        return warm_up * 0.5 * (1.0 + math.cos(math.pi * min(1.0, progress / self.epochs)))


class Plateau(Schedule):
    """See `PlateauConfig`.

    Parameters
    ----------
    decay : factor of the learning rate after `patience` epochs without a better score.
    patience : see `decay`.
    warmup_epochs : until the factor is one.
    """

    def __init__(self, *, decay: float, patience: int, warmup_epochs: float) -> None:
        self.decay = decay
        self.patience = patience
        self.warmup_epochs = warmup_epochs
        self._state = {"factor": 1.0, "best": -math.inf, "waited": 0.0}

    def factor(self, progress: float) -> float:
        """Factor at `progress` epochs since the start: warm-up times all decays so far."""
        return _warm_up(progress, self.warmup_epochs) * self._state["factor"]

    def end_epoch(self, score: float) -> None:
        """Decay after more than `patience` epochs without a better score."""
        if score > self._state["best"]:
            self._state.update(best=score, waited=0.0)
            return
        self._state["waited"] += 1
        if self._state["waited"] > self.patience:
            self._state.update(factor=self._state["factor"] * self.decay, waited=0.0)

    def state_dict(self) -> dict[str, float]:
        """Factor, best score and epochs since."""
        return dict(self._state)

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Continue from `state`."""
        self._state.update(state)


def _warm_up(progress: float, warmup_epochs: float) -> float:
    """Factor of a linear warm-up at `progress` epochs; above zero at the first step."""
    return min(1.0, (progress + 0.01) / warmup_epochs) if warmup_epochs else 1.0
