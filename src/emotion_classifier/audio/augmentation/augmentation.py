"""The interface of augmentations: parameters are drawn in one step and applied in another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Protocol, Self, TypeVar

from numpy.random import Generator
from pydantic import Field, model_validator

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import CustomPart, StrictConfig
from emotion_classifier.errors import ConfigError
from emotion_classifier.units import Hertz

Parameters = TypeVar("Parameters")


class Augmentation(Protocol[Parameters]):
    """A random change of a waveform that leaves its emotion as it is.

    The drawn parameters are a small value: the same parameters make the same samples again. An
    augmentation with recordings also has ``prepare(sample_rate)``, which decodes them in advance.
    """

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> Parameters:
        """The parameters for one clip; nothing else is random."""

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Parameters) -> Samples:
        """The changed waveform (sample,) float32, perhaps a view or of another length.

        `samples` (sample,) float32 is not modified.
        """


class AugmentationSettings(StrictConfig):
    """Settings that every augmentation has."""

    probability: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """Share of the clips that are changed."""

    def build(self) -> Augmentation[Any]:
        """The augmentation.

        Raises
        ------
        ConfigError
            Recordings or codecs that the settings name are missing, or a custom target is faulty.
        MissingDependencyError
            The library for it is not installed.
        """
        raise NotImplementedError

    @model_validator(mode="after")
    def _check_ranges(self) -> Self:
        for name in type(self).model_fields:
            quantity = name.removeprefix("minimum_")
            maximum = getattr(self, f"maximum_{quantity}", None)
            minimum = getattr(self, name)
            if quantity != name and maximum is not None and minimum > maximum:
                raise ValueError(
                    f"{name} ({minimum:g}) is above maximum_{quantity} ({maximum:g}): exchange them"
                )
        return self


@dataclass(frozen=True)
class UniformDraw:
    """Base of augmentations by one number, drawn uniformly from a range.

    Parameters
    ----------
    minimum, maximum : of the number.
    """

    quantity: ClassVar[str]
    """Name of the number, its unit at the end, for example ``db``."""
    minimum: float
    maximum: float

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> float:
        """The number."""
        return float(generator.uniform(self.minimum, self.maximum))


class CustomAugmentationConfig(AugmentationSettings, CustomPart):
    """An augmentation from outside the package; `testing.augmentation` has its contract."""

    def build(self, *arguments: object) -> Augmentation[Any]:
        built: Augmentation[Any] = CustomPart.build(self, *arguments)
        for method in ("draw", "apply"):
            if not callable(getattr(built, method, None)):
                raise ConfigError(
                    f"target {self.target} makes a {type(built).__name__}, which has no method "
                    f"{method}: an augmentation has draw and apply"
                )
        return built
