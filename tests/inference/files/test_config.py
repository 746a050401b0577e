"""The settings of inference: the file in the repository, and what they build."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.config import load_config
from emotion_classifier.errors import ConfigError
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.inference.streaming.stream import StreamConfig

FILE = Path(__file__).parents[3] / "configs" / "inference_config.yml"


def test_the_file_in_the_repository_has_the_defaults() -> None:
    assert load_config(InferenceConfig, FILE) == InferenceConfig()


def test_a_setting_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("stream: {hop_second: 2}\n")
    with pytest.raises(ConfigError, match="did you mean 'hop_seconds'"):
        load_config(InferenceConfig, tmp_path / "x.yml")


def test_the_predictor_has_the_settings(untrained_model: Path) -> None:
    overrides = ["stream.onset=null", "stream.window_seconds=2.5", "maximum_seconds=60"]
    predictor = load_config(InferenceConfig, FILE, overrides).build(untrained_model)
    assert (predictor.config.onset, predictor.config.window_seconds) == (None, 2.5)
    assert predictor.maximum_seconds == 60.0
    named = InferenceConfig(model=str(untrained_model)).build(threads=1)
    assert (named.config, named.specification.name) == (StreamConfig(), "untrained")
