"""The command `emotion`: verbs only; whatever is heavy is imported inside the commands."""

import gc

# Imports make many objects and no garbage: collecting less often saves a tenth of the start-up.
gc.set_threshold(50_000, 20, 20)

from emotion_classifier.cli.app import main  # noqa: E402

__all__ = ["main"]
