"""The command `emotion`; libraries that take long to import are imported inside the commands."""

import gc

# Imports create many objects and no garbage: fewer collections save a tenth of the start-up.
gc.set_threshold(50_000, 20, 20)

from emotion_classifier.cli.app import main  # noqa: E402

__all__ = ["main"]
