"""`emotion demo` from end to end, and the example of the README on its model."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_the_demonstration_beats_its_baselines_and_leaves_a_model(tmp_path: Path) -> None:
    environment = os.environ | {"EMOTION_CACHE": str(tmp_path / "cache")}
    code = "from emotion_classifier.cli import main; main()"
    shown = run(["-c", code, "demo"], tmp_path, environment)

    report = tmp_path / "runs/demo/toy/report.html"
    assert report.is_file()
    for place in ("data/toy", "runs/demo/toy/report.html", "runs/demo/toy/model"):
        assert place in shown
    written = json.loads(report.with_suffix(".json").read_text())
    baselines = [row["score"]["uar"]["value"] for row in written["baselines"]]
    assert written["overall"]["uar"]["value"] > 0.55 > max(baselines)

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert example is not None
    assert run(["-c", example[1]], tmp_path, environment).startswith("sad ")


def run(arguments: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Output of a fresh interpreter in a folder."""
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
