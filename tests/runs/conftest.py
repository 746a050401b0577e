"""Fixtures of runs that evaluation has too."""

from tests.evaluation.conftest import make_clips

__all__ = ["make_clips"]
