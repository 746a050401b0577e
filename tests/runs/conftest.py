"""What tests of runs share with those of evaluation."""

from tests.evaluation.conftest import make_clips

__all__ = ["make_clips"]
