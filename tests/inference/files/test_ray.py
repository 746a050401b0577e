"""Ray: the rows of a local cluster of two workers are those of one machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.files.batch_prediction import predict_files
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.installation import install_command

RATE = 16_000


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # those of Ray
def test_a_cluster_gives_the_rows_of_one_machine(
    untrained_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray", reason="needs Ray: pip install 'emotion_classifier[ray]'")
    from emotion_classifier.inference.files.ray import predict_with_ray

    monkeypatch.chdir(tmp_path)
    files: list[Path | AudioError] = [AudioError(Path("empty"), "no-audio", "nothing is in it")]
    for number in range(40):
        noise = np.random.default_rng(number).normal(number / 80, 0.1, RATE * (1 + number % 7))
        path = Path(f"{number}.wav")
        write_wav(path, noise.astype(np.float32), RATE)
        files += [path] if number % 10 else [path, Path(f"gone-{number}.wav")]
    config = InferenceConfig(stream=StreamConfig(onset=None))
    expected = list(predict_files(config.build(untrained_model, threads=1), files))
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        rows = list(predict_with_ray(files, config, untrained_model))
    finally:
        ray.shutdown()
    assert rows == expected
    assert sum(row.failed for row in rows) == 5


def test_without_ray_the_install_line_is_named(untrained_model: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['ray'] = None; from emotion_classifier.cli import main; "
        "sys.argv[0] = 'emotion'; main()"
    )
    command = [sys.executable, "-c", code, "predict", "x.wav", "--engine", "ray"]
    ended = subprocess.run(
        [*command, "--model", str(untrained_model)], capture_output=True, text=True, cwd=tmp_path
    )
    assert ended.returncode == 2
    assert install_command("ray") in ended.stderr
    assert "Traceback" not in ended.stderr
