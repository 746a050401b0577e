"""Ray: the rows of a local cluster of two workers are those of one machine."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.errors import AudioError, ClusterError
from emotion_classifier.inference.files.batch_prediction import predict_files
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.inference.files.inputs import gather
from emotion_classifier.inference.files.ray import check_address
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.installation import install_command

RATE = 16_000


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # those of Ray
def test_a_cluster_gives_the_rows_of_one_machine(
    untrained_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray", reason="needs Ray: pip install 'emotion_classifier[ray]'")
    from emotion_classifier.inference.files.ray import ray_cluster

    monkeypatch.chdir(tmp_path)
    files: list[Path | AudioError] = [AudioError(Path("empty"), "no-audio", "nothing is in it")]
    for number in range(40):
        noise = np.random.default_rng(number).normal(number / 80, 0.1, RATE * (1 + number % 7))
        path = Path(f"{number}.wav")
        write_wav(path, noise.astype(np.float32), RATE)
        files += [path] if number % 10 else [path, Path(f"gone-{number}.wav")]
    config = InferenceConfig(stream=StreamConfig(onset=None))
    expected = list(predict_files(config.build(untrained_model, threads=1), files))
    ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        with ray_cluster(config, untrained_model) as predict_all:
            rows = list(predict_all(files))
    finally:
        ray.shutdown()
    assert rows == expected
    assert sum(row.failed for row in rows) == 5


@pytest.fixture
def closed_port() -> int:
    """A port of this machine at which nothing responds."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_an_address_without_a_cluster_is_refused_at_once(scheme: str, closed_port: int) -> None:
    with pytest.raises(ClusterError, match=r"no Ray cluster .*refused.*RAY_ADDRESS"):
        check_address(f"{scheme}127.0.0.1:{closed_port}")


@pytest.mark.parametrize("address", ["cluster", "127.0.0.1", "127.0.0.1:port", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ClusterError, match=f"no Ray cluster at the address '{address}'"):
        check_address(address)


def test_another_server_at_the_address_is_refused_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="needs Ray: pip install 'emotion_classifier[ray]'")
    monkeypatch.setattr("emotion_classifier.inference.files.ray._CLUSTER_SECONDS", 0.2)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(ClusterError, match=r"no response within 0.2 s"),
    ):
        check_address(f"127.0.0.1:{server.getsockname()[1]}")


def test_the_output_is_opened_after_the_connection(
    untrained_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    pytest.importorskip("ray", reason="needs Ray: pip install 'emotion_classifier[ray]'")
    from emotion_classifier.cli.inference.outputs import result_file
    from emotion_classifier.cli.inference.predict import _write_predictions

    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{closed_port}")
    config = InferenceConfig(model=str(untrained_model))
    output = result_file(tmp_path / "rows.csv")
    with pytest.raises(ClusterError):
        _write_predictions(gather(["x.wav"]), config, "ray", output)
    assert not list(tmp_path.iterdir())


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
