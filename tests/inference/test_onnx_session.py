from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.inference.onnx_session import OnnxSession
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


@pytest.mark.parametrize("location", ["../outside.bin", "absolute", "link.bin"])
def test_weights_outside_the_folder_are_refused(location: str, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    outside = tmp_path / "outside.bin"
    outside.write_bytes(np.ones(4, np.float32).tobytes())
    if location == "link.bin":
        (folder / location).symlink_to(outside)
    weights = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=[4])
    weights.data_location = onnx.TensorProto.EXTERNAL
    name = str(outside) if location == "absolute" else location
    weights.external_data.add(key="location", value=name)
    output = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [4])
    node = onnx.helper.make_node("Identity", ["w"], ["y"])
    graph = onnx.helper.make_graph([node], "g", [], [output], [weights])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)])
    model.ir_version = 9
    (folder / GRAPH).write_bytes(model.SerializeToString())
    with pytest.raises(ModelFolderError, match="cannot be loaded"):
        OnnxSession(folder / GRAPH, threads=1, remedy="")
