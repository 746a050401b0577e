"""Progress that a test can read."""

from __future__ import annotations

from emotion_classifier.progress import Progress


class ProgressLog:
    """Receives progress and keeps its texts."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, progress: Progress) -> None:
        self.lines += [progress.text] if progress.text else []

    @property
    def text(self) -> str:
        """All texts, one below the other."""
        return "\n".join(self.lines)
