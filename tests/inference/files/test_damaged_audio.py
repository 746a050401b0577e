"""Thousands of damaged files are decoded and processed without a crash, a hang or much memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "damaged_audio.py"
MOST_MEGABYTES = 700


def process_damaged(model: Path, folder: Path, first: int, count: int) -> None:
    """Process so many damaged files in a process of its own, where libsndfile may crash."""
    command = [sys.executable, str(SCRIPT), *map(str, (model, folder, first, count))]
    ended = subprocess.run(command, capture_output=True, text=True)
    *seeds, last = ended.stdout.split() or ["none"]
    assert ended.returncode == 0, f"seed {last}, code {ended.returncode}:\n{ended.stderr[-3000:]}"
    assert len(seeds) == count
    assert int(last) < MOST_MEGABYTES


def test_some_damaged_files(untrained_model: Path, tmp_path: Path) -> None:
    process_damaged(untrained_model, tmp_path, 0, 300)


@pytest.mark.slow
@pytest.mark.parametrize("first", [1_000, 4_000])
def test_six_thousand_damaged_files(untrained_model: Path, tmp_path: Path, first: int) -> None:
    process_damaged(untrained_model, tmp_path, first, 3_000)
