"""Nothing is sent, and nothing is stored for sending, by this package or the libraries below it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emotion_classifier.telemetry import VARIABLES

PREDICT_AND_FORK = """
import os, sys, time
import numpy as np
import emotion_classifier
predictor = emotion_classifier.load()
rng = np.random.default_rng(1)
predictor.predict(rng.normal(0, 0.1, 16_000).astype(np.float32), 16_000)
child = os.fork()
if not child:
    sys.exit(0)  # runs the handlers at exit, where a thread that the fork lost would be joined
for _ in range(200):
    if os.waitpid(child, os.WNOHANG)[0]:
        sys.exit(0)
    time.sleep(0.05)
os.kill(child, 9)
sys.exit("the forked process did not end within 10 s")
"""

RECOGNISE = """
import numpy as np
from emotion_classifier.inference.asr.faster_whisper import FasterWhisperConfig
recogniser = FasterWhisperConfig(model={folder!r}).build()
recogniser.transcribe(np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32), 16_000)
"""


def environment(home: Path) -> dict[str, str]:
    """Variables of a user's shell, without those by which libraries recognise a CI service."""
    kept = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"HOME": str(home)}


def run(command: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environment(home), capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_prediction_stores_nothing_in_the_home_folder_and_a_fork_of_it_ends(tmp_path: Path) -> None:
    result = run([sys.executable, "-c", PREDICT_AND_FORK], tmp_path)
    assert result.returncode == 0, result.stderr
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_prediction_opens_no_socket(tmp_path: Path) -> None:
    assert "AF_INET" not in sockets_of(PREDICT_AND_FORK, tmp_path)


@pytest.mark.slow
def test_recognising_words_with_the_folder_of_a_model_opens_no_socket(
    tiny_english: Path, tmp_path: Path
) -> None:
    assert "AF_INET" not in sockets_of(RECOGNISE.format(folder=str(tiny_english)), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["trace"]


def sockets_of(code: str, folder: Path) -> str:
    """System calls of Python code that open and use sockets."""
    strace = shutil.which("strace")
    trace = folder / "trace"
    if strace is None or run([strace, "-o", str(trace), "true"], folder).returncode:
        pytest.skip("strace is missing or may not trace here")
    traced = [strace, "-f", "-qq", "-e", "trace=socket,connect,sendto", "-o", str(trace)]
    result = run([*traced, sys.executable, "-c", code], folder)
    assert result.returncode == 0, result.stderr
    return trace.read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    "disabled",
    [
        "not ray._common.usage.usage_lib.usage_stats_enabled()",
        "huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY",
    ],
)
def test_the_library_reports_that_its_telemetry_is_off(disabled: str, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    imports = "import emotion_classifier, huggingface_hub.constants, ray._common.usage.usage_lib"
    result = run([sys.executable, "-c", f"{imports}; assert {disabled}"], tmp_path)
    assert result.returncode == 0, result.stderr


def test_a_value_that_the_user_has_set_stands(tmp_path: Path) -> None:
    code = (
        "import os; os.environ['RAY_USAGE_STATS_ENABLED'] = '1'; import emotion_classifier; "
        "print([os.environ[name] for name in ('RAY_USAGE_STATS_ENABLED', 'ORT_DISABLE_TELEMETRY')])"
    )
    assert run([sys.executable, "-c", code], tmp_path).stdout.strip() == "['1', '1']"
    assert set(VARIABLES) >= {"RAY_USAGE_STATS_ENABLED", "ORT_DISABLE_TELEMETRY"}
