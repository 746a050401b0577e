"""Settings files and splits that commit 839fff1 read or wrote still mean the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from tests.compatibility.conftest import DATA, SAMPLE_RATE, Emotion, assert_holds, write_recording

PARTS = (DATA / "settings" / "parts.txt").read_text("utf-8").splitlines()
CONFIG = ("--config", "settings/inference_config.yml", "--format", "jsonl")


@pytest.mark.parametrize("run", ["tiny-fold1", "interrupted", "encoder"])
def test_the_settings_of_a_run_are_read(run: str, emotion: Emotion) -> None:
    file = Path("runs/toy", run, "config.yml")
    ended = emotion("config", "show", file)
    assert ended.code == 0, ended.error
    assert_holds(yaml.safe_load(ended.out), yaml.safe_load(file.read_text("utf-8")))


@pytest.mark.parametrize("part", PARTS)
def test_every_kind_of_part_is_read_with_all_its_options(part: str, emotion: Emotion) -> None:
    ended = emotion("config", "show", "settings/tiny.yml", part)
    assert ended.code == 0, ended.error
    path, value = part.split("=", maxsplit=1)
    shown = yaml.safe_load(ended.out)
    for name in path.split("."):
        shown = shown[name]
    assert_holds(shown, yaml.safe_load(value))


def test_every_option_of_inference_is_read(emotion: Emotion) -> None:
    ended = emotion("predict", "noise.wav", *CONFIG)
    assert ended.code == 0, ended.error
    # the file sets uncertain_below: 1.0
    assert json.loads(ended.out)["answer"] == "uncertain"


def test_the_longest_duration_of_the_settings_holds(emotion: Emotion) -> None:
    write_recording(Path("long.wav"), np.tile([1000, -1000], 16 * SAMPLE_RATE))  # 32 s
    ended = emotion("predict", "long.wav", *CONFIG)
    assert ended.code == 2
    assert "30" in json.loads(ended.out)["error"]


def test_a_split_file_is_read(emotion: Emotion) -> None:
    split = "split={kind: file, path: settings/split.csv}"
    ended = emotion("corpus", "split", "settings/tiny.yml", split, "-o", "again.csv")
    assert ended.code == 0, ended.error
    assert Path("again.csv").read_bytes() == Path("settings/split.csv").read_bytes()
