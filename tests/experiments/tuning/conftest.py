"""Settings of tuning, as a file has them."""

from __future__ import annotations

from typing import Any

import pytest

from emotion_classifier.config import parse_config
from emotion_classifier.experiments.tuning.config import TuningConfig

RATE = "training.learning_rate"
SIZE = "training.batch_size"
SETTINGS: dict[str, Any] = {
    "study": "tuned",
    "base": "toy",
    "search_space": {
        RATE: {"kind": "log_uniform", "low": 1e-4, "high": 1e-1},
        SIZE: {"kind": "categorical", "choices": [4, 8]},
    },
    "sampler": "random",
    "trials": 4,
    "folds": 2,
}


@pytest.fixture
def config() -> TuningConfig:
    """Four random trials of a learning rate and a batch size."""
    return parse_config(TuningConfig, SETTINGS)
