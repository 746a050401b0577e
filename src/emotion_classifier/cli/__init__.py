"""The command `emotion`: verbs only; whatever is heavy is imported inside the commands."""

from emotion_classifier.cli.app import main

__all__ = ["main"]
