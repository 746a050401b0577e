from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx_ir
import pytest
import torch

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ModelFolderError, StorageError
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.inference.onnx_session import OnnxSession
from emotion_classifier.model_folder.folder import (
    GRAPH,
    SPECIFICATION,
    WEIGHTS,
    read_specification,
    write_specification,
)
from emotion_classifier.model_folder.input import InputConfig
from emotion_classifier.model_folder.speaker_statistics import ClipStatistics, pool_by_speaker
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.export import onnx as export
from emotion_classifier.models.export.onnx import (
    load_classifier,
    read_weights,
    save_weights,
    write_graph,
)

RATE = 16_000
EMOTIONS = ("angry", "happy", "sad")
Lengths = np.ndarray[tuple[int], np.dtype[np.int64]]
# What a graph could get wrong: masks, statistics, attention over frames. `test_networks_contract.py`
# exports the other networks.
CONFIG = ModelConfig.model_validate(
    {
        "frontend": {"kind": "log_mel", "mels": 16, "deltas": 1},
        "standardisation": {"kind": "per_speaker"},
        "spec_augment": {},
        "network": {
            "kind": "cnn",
            "channels": [4, 8],
            "embedding": 8,
            "pooling": {"kind": "attention"},
        },
    }
)

CELL_CONFIG = ModelConfig.model_validate(
    {
        "frontend": {"kind": "log_mel", "mels": 24},
        "standardisation": {"kind": "per_cell", "frames": 40},
        "network": {"kind": "mlp", "hidden": [8]},
    }
)


def classifier() -> EmotionClassifier:
    torch.manual_seed(0)
    return CONFIG.build(RATE, len(EMOTIONS)).eval()


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "model"
    network = classifier()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # as after training
    save_weights(folder, network, RATE)
    specification = ModelSpecification(
        name="tiny",
        emotions=EMOTIONS,
        input=InputConfig(),
        architecture=CONFIG.model_dump(mode="json"),
        parameters=1,
        training_data=(),
    )
    write_specification(folder, specification)
    return folder


def batches(
    voices: list[Samples],
) -> list[tuple[Samples, Lengths]]:
    """Batches of one to four clips, with and without padding, down to the shortest clip."""
    least = classifier().minimum_samples
    groups = ([voices[0]], voices, voices[2:], [voices[1][:least]], [voices[3], voices[1][:least]])
    return [
        (
            np.stack([np.pad(clip, (0, max(map(len, group)) - len(clip))) for clip in group]),
            np.array([len(clip) for clip in group], dtype=np.int64),
        )
        for group in groups
    ]


def test_holds_three_files_and_no_pickle(model_folder: Path) -> None:
    assert {path.name for path in model_folder.iterdir()} == {GRAPH, WEIGHTS, SPECIFICATION}
    # A pickle of protocol 2 or later begins with 0x80, a zip (torch.save) with PK.
    for path in model_folder.iterdir():
        assert not path.read_bytes().startswith((b"\x80", b"PK"))


def test_axes_of_any_size_have_names(model_folder: Path) -> None:
    session = OnnxSession(model_folder / GRAPH, threads=1, remedy="")
    shapes = {name: value.shape for name, value in (session.inputs | session.outputs).items()}
    assert shapes == {
        "waveforms": ("batch", "sample"),
        "lengths": ("batch",),
        "statistics": ("batch", 2, 32),
        "logits": ("batch", len(EMOTIONS)),
        "clip_statistics": ("batch", 2, 32),
        "frames": ("batch",),
    }


def test_onnxruntime_equals_torch(model_folder: Path, voices: list[Samples]) -> None:
    runtime = OnnxRuntime(model_folder / GRAPH, threads=1)
    network = classifier()
    for waveforms, lengths in batches(voices):
        with torch.no_grad():
            expected = network(torch.from_numpy(waveforms), torch.from_numpy(lengths)).numpy()
        found = runtime.logits(waveforms, lengths)
        assert found.shape == expected.shape and found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


@pytest.mark.slow  # writes a graph
def test_onnxruntime_equals_torch_with_statistics_of_cells(
    tmp_path: Path, voices: list[Samples]
) -> None:
    torch.manual_seed(0)
    network = CELL_CONFIG.build(RATE, len(EMOTIONS)).eval()
    network.standardisation.fit(torch.randn(4, 40, 24) * 3.0 - 50.0)
    write_graph(tmp_path / GRAPH, network, RATE)
    runtime = OnnxRuntime(tmp_path / GRAPH, threads=1)
    for waveforms, lengths in batches(voices):  # shorter and longer than 40 frames
        with torch.no_grad():
            expected = network(torch.from_numpy(waveforms), torch.from_numpy(lengths)).numpy()
        np.testing.assert_allclose(runtime.logits(waveforms, lengths), expected, rtol=0, atol=1e-4)


@pytest.fixture
def speaker_runtime(model_folder: Path) -> OnnxRuntime:
    return OnnxRuntime(model_folder / GRAPH, threads=1)


def test_only_per_speaker_changes_the_inputs_of_a_graph(
    untrained_model: Path, speaker_runtime: OnnxRuntime
) -> None:
    assert not OnnxRuntime(untrained_model / GRAPH, threads=1).uses_speaker_statistics
    assert speaker_runtime.uses_speaker_statistics


def test_two_passes_of_onnxruntime_equal_torch_with_all_frames(
    speaker_runtime: OnnxRuntime, voices: list[Samples]
) -> None:
    waveforms, lengths = batches(voices)[1]
    check_two_passes(speaker_runtime, waveforms, lengths, ["a", "b", "a", "a"])


def test_two_passes_agree_on_real_speech(speaker_runtime: OnnxRuntime, shared_data: Path) -> None:
    paths = [
        path
        for actor in ("Actor_01", "Actor_02")
        for path in sorted((shared_data / "ravdess" / actor).iterdir())[::20]
    ]
    model_input = InputConfig().build()
    clips = [model_input.centre(model_input.preparation.load(path)) for path in paths]
    speakers = [path.parent.name for path in paths]
    check_two_passes(speaker_runtime, *model_input.batch(clips), speakers)


def check_two_passes(
    runtime: OnnxRuntime, waveforms: Samples, lengths: Lengths, speakers: list[str]
) -> None:
    """Statistics of single clips, pooled, must answer as those of a speaker's frames in a row."""
    network = classifier()
    inputs = torch.from_numpy(waveforms), torch.from_numpy(lengths)
    with torch.no_grad():
        features = network.frontend(*inputs)
        frames = network.frontend.frame_lengths(inputs[1])
        rows = {
            speaker: torch.cat(
                [
                    row[:count].double()
                    for row, count, other in zip(features, frames, speakers, strict=True)
                    if other == speaker
                ]
            )
            for speaker in set(speakers)
        }
        statistics = torch.stack(
            [torch.stack([rows[s].mean(0), rows[s].std(0, correction=0)]) for s in speakers]
        ).float()
        expected = network(*inputs, statistics).numpy()

    own = runtime.clip_statistics(waveforms, lengths)
    clips = [ClipStatistics(*one) for one in zip(*own, strict=True)]
    pooled = pool_by_speaker(zip(clips, speakers, strict=True))
    found = runtime.logits(waveforms, lengths, np.stack([pooled[s] for s in speakers]))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)
    assert np.abs(found - runtime.logits(waveforms, lengths)).max() > 1e-2


def test_graph_ignores_padding(model_folder: Path, voices: list[Samples]) -> None:
    runtime = OnnxRuntime(model_folder / GRAPH, threads=1)
    alone = runtime.logits(voices[2][None], np.array([len(voices[2])]))
    together = runtime.logits(*batches(voices)[1])[2]
    np.testing.assert_allclose(together, alone[0], rtol=0, atol=1e-5)


def test_folder_restores_the_classifier(model_folder: Path, voices: list[Samples]) -> None:
    loaded = load_classifier(model_folder, read_specification(model_folder))
    assert not loaded.training
    for waveforms, lengths in batches(voices):
        inputs = torch.from_numpy(waveforms), torch.from_numpy(lengths)
        with torch.no_grad():
            assert torch.equal(loaded(*inputs), classifier()(*inputs))


@pytest.mark.parametrize("channels", [[4, 16], [4], [10_000_000, 10_000_000]])
def test_an_architecture_of_other_weights_is_refused_before_it_is_built(
    model_folder: Path, channels: list[int]
) -> None:
    specification = read_specification(model_folder)
    network = {**specification.architecture["network"], "channels": channels}
    update = {"architecture": {**specification.architecture, "network": network}}
    with pytest.raises(ModelFolderError, match="does not fit the architecture"):
        load_classifier(model_folder, specification.model_copy(update=update))


def test_an_unknown_architecture_is_refused(model_folder: Path) -> None:
    update = {"architecture": {"network": {"kind": "unknown"}}}
    specification = read_specification(model_folder).model_copy(update=update)
    with pytest.raises(ModelFolderError, match="not one of this version"):
        load_classifier(model_folder, specification)


@pytest.mark.parametrize("content", [b"", b"\0" * 64, b"\xff" * 64])
def test_damaged_weights_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelFolderError, match=rf"{WEIGHTS} cannot be read"):
        read_weights(tmp_path)


def test_full_disk_is_reported(
    model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    program = torch.onnx.ONNXProgram(onnx_ir.load(model_folder / GRAPH), None)
    monkeypatch.setattr(torch.onnx, "export", lambda *_, **__: program)  # which takes seconds
    monkeypatch.setattr(export, "name_axes", lambda _: None)  # they have names
    (tmp_path / GRAPH).symlink_to("/dev/full")
    with pytest.raises(StorageError, match=r"cannot write .*model\.onnx: No space left"):
        save_weights(tmp_path, classifier(), RATE)
