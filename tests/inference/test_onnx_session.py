from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from emotion_classifier.model_folder.folder import GRAPH

FORK = """
import os, sys, time
from pathlib import Path
import numpy as np
from emotion_classifier.inference.onnx_model import OnnxRuntime

runtime = OnnxRuntime(Path(sys.argv[1]), threads=2)
batch = np.full((3, 5000), 0.25, np.float32), np.full(3, 5000, np.int64)
before = runtime.logits(*batch)
time.sleep(0.2)  # the threads of the pool sleep by now
child = os.fork()
if not child:
    same = sys.argv[2] == "exit" or np.array_equal(before, runtime.logits(*batch))
    sys.exit(0 if same else 1)
for _ in range(200):
    ended, status = os.waitpid(child, os.WNOHANG)
    if ended:
        sys.exit(status)
    time.sleep(0.05)
os.kill(child, 9)
sys.exit("the forked process did not end within 10 s")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.parametrize("action", ["exit", "run"])
def test_a_forked_process_runs_the_graph_and_ends(action: str, untrained_model: Path) -> None:
    command = [sys.executable, "-c", FORK, str(untrained_model / GRAPH), action]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stderr
