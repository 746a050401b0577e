"""The machinery of settings; it knows no setting."""

from emotion_classifier.config.strict import StrictConfig

__all__ = ["StrictConfig"]
