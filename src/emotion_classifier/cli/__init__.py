"""The command `emotion`; libraries that take long to import are imported inside the commands."""

import gc
import sys

# Imports create many objects and no garbage: fewer collections save a tenth of the start-up.
gc.set_threshold(50_000, 20, 20)

__all__ = ["main"]


def main() -> None:
    """Run the command, as `emotion_classifier.cli.app.main`; also its imports can be interrupted."""
    try:
        from emotion_classifier.cli.app import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    run()
