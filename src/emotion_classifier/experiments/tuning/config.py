"""The settings of tuning: the base, the search space, and how it is searched. Needs no Optuna."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from emotion_classifier.config import StrictConfig
from emotion_classifier.config.document import inline
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.runs.run_folder import RunName

if TYPE_CHECKING:
    MetricName: TypeAlias = str
else:
    # A type checker takes no literals made at run time; pydantic lists them in its messages.
    MetricName = Literal[(*METRICS,)]


class RealSettings(StrictConfig):
    """Base of the kinds that take any number between two ends."""

    low: float
    """Smallest value."""
    high: float
    """Largest value."""

    @model_validator(mode="after")
    def _ends_in_order(self) -> Self:
        _require_order(self.low, self.high)
        return self

    @property
    def checked(self) -> Sequence[object]:
        """The values that are validated before the first trial."""
        return (self.low, self.high)


class UniformConfig(RealSettings):
    """A number that is drawn with equal probability between two ends."""

    kind: Literal["uniform"] = "uniform"
    """Any number between `low` and `high`."""

    @property
    def text(self) -> str:
        """The values in words."""
        return f"{self.low:g} to {self.high:g}"


class LogUniformConfig(RealSettings):
    """A positive number whose logarithm is drawn with equal probability between two ends."""

    kind: Literal["log_uniform"] = "log_uniform"
    """Any number between `low` and `high`, on a logarithmic scale."""
    low: Annotated[float, Field(gt=0.0)]
    """Smallest value."""

    @property
    def text(self) -> str:
        """The values in words."""
        return f"{self.low:g} to {self.high:g}, logarithmic"


class IntegerConfig(StrictConfig):
    """A whole number."""

    kind: Literal["integer"] = "integer"
    """A whole number from `low` to `high`."""
    low: int
    """Smallest value."""
    high: int
    """Largest value."""
    step: Annotated[int, Field(ge=1)] = 1
    """Distance of neighbouring values, counted from `low`."""

    @model_validator(mode="after")
    def _ends_in_order(self) -> Self:
        _require_order(self.low, self.high)
        if (self.high - self.low) % self.step:
            raise ValueError(
                f"high {self.high} cannot be reached from low {self.low} in steps of {self.step}: "
                f"set it to {self.values[-1]}"
            )
        return self

    @property
    def text(self) -> str:
        """The values in words."""
        steps = "" if self.step == 1 else f" in steps of {self.step}"
        return f"{self.low} to {self.high}{steps}"

    @property
    def values(self) -> Sequence[int]:
        """All values."""
        return range(self.low, self.high + 1, self.step)

    @property
    def checked(self) -> Sequence[object]:
        """The values that are validated before the first trial."""
        return (self.low, self.high)


class CategoricalConfig(StrictConfig):
    """One of several values."""

    kind: Literal["categorical"] = "categorical"
    """One of the `choices`."""
    choices: Annotated[tuple[Any, ...], Field(min_length=2)]
    """Values of any type that the setting has: numbers, text, null, lists, whole sections."""

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if doubled := [c for i, c in enumerate(self.choices) if c in self.choices[:i]]:
            raise ValueError(f"{doubled[0]!r} is there twice: remove one")
        return self

    @property
    def text(self) -> str:
        """The values in words."""
        return " / ".join(map(inline, self.choices))

    @property
    def values(self) -> Sequence[object]:
        """All values."""
        return self.choices

    @property
    def checked(self) -> Sequence[object]:
        """The values that are validated before the first trial."""
        return self.choices


DimensionConfig: TypeAlias = Annotated[
    UniformConfig | LogUniformConfig | IntegerConfig | CategoricalConfig,
    Field(discriminator="kind"),
]


def _require_order(low: float, high: float) -> None:
    if low >= high:
        raise ValueError(
            f"low {low:g} is not below high {high:g}: swap them, or give the setting a value"
        )


class TuningConfig(StrictConfig):
    """A study: trials of settings, scored in inner folds by speaker, and the run of the best."""

    study: RunName
    """Name of the study in its storage, and of its folder among the runs."""
    base: str
    """Settings file or recipe that every trial starts from."""
    settings: dict[str, Any] = {}
    """Other values of settings of the base: dotted key → value."""
    search_space: Annotated[dict[str, DimensionConfig], Field(min_length=1)]
    """Settings that the trials vary: dotted key → values, below input, augmentation, model,
    pretrained_weights, distillation or training."""
    sampler: Literal["tpe", "random", "grid"] = "tpe"
    """Choice of the next values: by the scores of earlier trials (TPE), at random, or every combination."""
    pruner: Literal["median", "successive_halving", "none"] = "median"
    """How poor trials are ended early: below the median of the others at the same epoch, or not among
    the best third at an epoch; none trains all to the end."""
    trials: Annotated[int, Field(ge=1, le=100_000)] = 30
    """Number of trials of the whole study, over all processes and restarts."""
    folds: Annotated[int, Field(ge=2, le=100)] = 3
    """Inner folds by speaker in which a trial is scored."""
    metric: MetricName = "uar"
    """Validation score that is optimised: its mean over the inner folds."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Seed of the sampler and of the inner folds."""
    storage: str | None = None
    """URL of a database for several processes or machines; null is a file in the folder of the study."""

    @property
    def combinations(self) -> int | None:
        """Number of points of the grid; None for other samplers."""
        if self.sampler != "grid":
            return None
        dimensions = self.search_space.values()
        return math.prod(len(d.values) for d in dimensions if not isinstance(d, RealSettings))

    @model_validator(mode="after")
    def _grid_of_values(self) -> Self:
        ranges = [
            key
            for key, dimension in self.search_space.items()
            if isinstance(dimension, RealSettings)
        ]
        if self.sampler == "grid" and ranges:
            raise ValueError(
                f"sampler: grid cannot take every value of {', '.join(ranges)}: list values with "
                "kind: categorical, or take sampler: tpe or random"
            )
        return self
