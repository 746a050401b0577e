"""Augmentations from outside the package."""

from __future__ import annotations

from typing import Any

from emotion_classifier.audio.augmentation.augmentation import Augmentation, AugmentationSettings
from emotion_classifier.config import CustomPart
from emotion_classifier.errors import ConfigError


class CustomAugmentationConfig(AugmentationSettings, CustomPart):
    """An augmentation from outside the package; `testing.augmentation` has its contract."""

    def build(self, *arguments: object) -> Augmentation[Any]:
        """The augmentation: the target called with the options.

        Raises
        ------
        ConfigError
            The target cannot be imported or called, or its result has no `draw` or `apply`.
        """
        built: Augmentation[Any] = CustomPart.build(self, *arguments)
        for method in ("draw", "apply"):
            if not callable(getattr(built, method, None)):
                raise ConfigError(
                    f"target {self.target} makes a {type(built).__name__}, which has no method "
                    f"{method}: an augmentation has draw and apply"
                )
        return built
