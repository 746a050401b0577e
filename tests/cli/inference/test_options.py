"""Options of inference: help and defaults from the settings classes, and the settings they become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Command

from emotion_classifier.cli.inference.options import InferenceOptions, StreamOptions
from emotion_classifier.config import default_of, description_of
from emotion_classifier.errors import ConfigError
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.inference.files.formats import ROW_FORMATS
from emotion_classifier.inference.timeline.writers import TIMELINE_FORMATS


@pytest.mark.parametrize(
    ("option", "key"),
    [
        ("--window-seconds", "stream.window_seconds"),
        ("--hop-seconds", "stream.hop_seconds"),
        ("--onset", "stream.onset"),
        ("--newest-share", "stream.smoothing.newest_share"),
        ("--tone-seconds", "stream.tone_seconds"),
        ("--maximum-seconds", "maximum_seconds"),
    ],
)
def test_help_shows_description_and_default_of_the_setting(
    emotion: Command, monkeypatch: pytest.MonkeyPatch, option: str, key: str
) -> None:
    monkeypatch.setenv("COLUMNS", "400")  # a line for each option
    text = emotion("timeline", "--help").out
    line = next(line for line in text.splitlines() if f" {option} " in line)
    assert description_of(InferenceConfig, key).partition(";")[0] in line
    assert f"[default: ({default_of(InferenceConfig, key):g})]" in line


def test_help_shows_the_effect_of_null_as_default(
    emotion: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    assert "[default: (the threshold of the model)]" in emotion("listen", "--help").out


def test_help_names_the_formats_of_the_registries(
    emotion: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    assert f"rows: {', '.join(ROW_FORMATS)}." in emotion("predict", "--help").out
    assert f"recording: {', '.join(TIMELINE_FORMATS)};" in emotion("timeline", "--help").out


def test_options_that_are_not_given_keep_the_file(tmp_path: Path) -> None:
    assert InferenceOptions().to_config() == InferenceConfig()
    path = tmp_path / "settings.yml"
    path.write_text("model: crema_d\nstream: {hop_seconds: 2, onset: null}\n")
    config = StreamOptions(config=path, window_seconds=4, tone_seconds=60).to_config()
    assert (config.model, config.stream.onset) == ("crema_d", None)
    stream = config.stream
    assert (stream.window_seconds, stream.hop_seconds, stream.tone_seconds) == (4, 2, 60)


@pytest.mark.parametrize(
    ("options", "onset"),
    [
        ({}, None),
        ({"activity": True}, 0.5),
        ({"onset": 0.7}, 0.7),
        ({"activity": True, "onset": 0.7}, 0.7),
        ({"activity": False, "onset": 0.7}, None),
    ],
)
def test_activity_sets_and_removes_the_onset(
    tmp_path: Path, options: dict[str, Any], onset: float | None
) -> None:
    path = tmp_path / "settings.yml"
    path.write_text("stream: {onset: null}\n")
    assert InferenceOptions(config=path, **options).to_config().stream.onset == onset


def test_an_override_replaces_the_whole_smoothing_section(tmp_path: Path) -> None:
    path = tmp_path / "settings.yml"
    path.write_text("stream: {smoothing: {kind: mean, windows: 5}}\n")
    exponential = StreamOptions(config=path, newest_share=0.25).to_config().stream.smoothing
    assert exponential.model_dump() == {"kind": "exponential", "newest_share": 0.25}
    mean = StreamOptions(config=path, mean_windows=7).to_config().stream.smoothing
    assert mean.model_dump() == {"kind": "mean", "windows": 7}
    with pytest.raises(ConfigError, match="one of the two"):
        StreamOptions(newest_share=0.5, mean_windows=3).to_config()


def test_an_option_out_of_range_is_named_with_its_setting() -> None:
    with pytest.raises(ConfigError, match=r"command line: stream\.onset: got 2"):
        InferenceOptions(onset=2).to_config()
