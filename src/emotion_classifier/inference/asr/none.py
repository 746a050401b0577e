"""No words."""

from __future__ import annotations

from typing import Literal

from emotion_classifier.config import StrictConfig


class NoRecognitionConfig(StrictConfig):
    """No words are recognised."""

    kind: Literal["none"] = "none"

    def build(self) -> None:
        """None, in place of a recogniser."""
