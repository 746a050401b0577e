"""A copy of the files in `data/`, with the toy corpus that they belong to, and the command."""

from __future__ import annotations

import csv
import json
import shutil
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import yaml

DATA = Path(__file__).with_name("data")
SAMPLE_RATE = 8_000


class Ended(NamedTuple):
    """Exit code and output of a command."""

    code: int
    out: str
    error: str


Emotion = Callable[..., Ended]


def run(*arguments: object) -> int:
    """Exit code of the command `emotion` in this process."""
    from emotion_classifier.cli import main

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["emotion", *map(str, arguments)])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
    return 0


@pytest.fixture
def emotion(capfd: pytest.CaptureFixture[str]) -> Emotion:
    """The command `emotion`; a traceback fails the test by itself."""

    def start(*arguments: object) -> Ended:
        code = run(*arguments)
        printed = capfd.readouterr()
        return Ended(code, printed.out, printed.err)

    return start


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy corpus of `settings/tiny.yml`."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("EMOTION_CACHE", str(folder / "cache"))
        assert run("corpus", "split", DATA / "settings" / "tiny.yml") == 0
    return folder / "corpus"


@pytest.fixture(autouse=True)
def old_files(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a copy of `data/`, its caches in use, its corpus and two recordings.

    The recordings, ``noise.wav`` and ``rumble.wav``, are shorter than the models' clips.
    """
    folder = tmp_path / "old"
    shutil.copytree(DATA, folder)
    (folder / "corpus").symlink_to(corpus)
    noise = np.random.default_rng(0).integers(-4000, 4000, 2 * SAMPLE_RATE)
    write_recording(folder / "noise.wav", noise)
    write_recording(folder / "rumble.wav", np.cumsum(noise[::-1]) // 64)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("EMOTION_CACHE", "cache")
    return folder


def write_recording(path: Path, samples: np.ndarray) -> None:
    """Write `samples` (sample,) in 16 bits, without any code of the package."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(samples.clip(-30_000, 30_000).astype("<i2").tobytes())


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a CSV or JSON Lines file, by column."""
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in file]
        return list(csv.DictReader(file))


def assert_holds(found: Any, expected: Any, tolerance: float = 0.0) -> None:
    """`found` has every value of `expected`, and perhaps more keys; numbers agree to `tolerance`."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            assert key in found, f"{key} is missing in {found}"
            assert_holds(found[key], value, tolerance)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, value in zip(found, expected, strict=True):
            assert_holds(one, value, tolerance)
    elif isinstance(number := yaml.safe_load(str(expected)), float):
        assert float(found) == pytest.approx(number, abs=tolerance)
    else:
        assert found == expected
