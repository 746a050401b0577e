"""Whisper over the clip's own frames, and over 30 s."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tests.encoder_models import RATE, encoder_config, encoder_of, trained, write_without_graph

from emotion_classifier.errors import ConfigError
from emotion_classifier.model_folder.folder import read_specification
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.export.onnx import load_classifier, read_weights
from emotion_classifier.testing.encoders import check_encoder, tiny_checkpoint
from emotion_classifier.training.data.hidden_state_extraction import encoder_digest


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("whisper"), "whisper", layers=2)


@pytest.fixture(scope="module")
def encoder(checkpoint: Path) -> Encoder:
    return whisper(checkpoint, "clip")


def whisper(checkpoint: Path, context: str | None) -> Encoder:
    config = EncoderConfig.model_validate({"name": str(checkpoint), "context": context})
    return config.build(RATE).eval()


def noise(lengths: list[int], width: int | None = None) -> torch.Tensor:
    """Waveforms (batch, sample) of different levels, NaN behind each clip's end."""
    generator = torch.Generator().manual_seed(0)
    waveforms = torch.full((len(lengths), width or max(lengths)), torch.nan)
    for number, length in enumerate(lengths):
        waveforms[number, :length] = 0.1**number * torch.randn(length, generator=generator)
    return waveforms


def test_clip_passes_the_contract(encoder: Encoder) -> None:
    check_encoder(encoder)


@settings(max_examples=25, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 12_000), min_size=1, max_size=4),
    padding=st.integers(0, 2_000),
)
def test_padding_changes_no_state(encoder: Encoder, lengths: list[int], padding: int) -> None:
    waveforms = noise(lengths, max(lengths) + padding)
    with torch.no_grad():
        together = encoder.states(waveforms, torch.tensor(lengths))
        for waveform, length, states in zip(waveforms, lengths, together, strict=True):
            alone = encoder.states(waveform[None, :length], torch.tensor([length]))[0]
            found = states[:, : alone.shape[1]]
            torch.testing.assert_close(found, alone, rtol=1e-4, atol=1e-4)


def test_cost_is_that_of_the_clip(encoder: Encoder) -> None:
    lengths = torch.tensor([16_000, 4_001])
    hidden, mask = encoder.embed(noise(lengths.tolist()), lengths)
    assert hidden.shape[:2] == (2, 50)
    assert mask is not None and mask.sum(3).flatten().tolist() == [50, 13]


def test_lowest_states_are_those_of_thirty_seconds(checkpoint: Path, encoder: Encoder) -> None:
    """Up to the clip's last frames, where silence follows in the other context."""
    waveforms, lengths = noise([16_000]), torch.tensor([16_000])
    with torch.no_grad():
        found = encoder.states(waveforms, lengths)[0, 0]
        expected = whisper(checkpoint, "30s").states(waveforms, lengths)[0, 0]
    torch.testing.assert_close(found[:-2], expected[:-2], rtol=1e-5, atol=1e-5)
    assert not torch.allclose(found[-1], expected[-1], atol=1e-3)


def test_frames_are_masked_in_training(checkpoint: Path) -> None:
    tuning = {"kind": "all", "mask_time": 0.5}
    config = EncoderConfig.model_validate(
        {"name": str(checkpoint), "context": "clip", "tuning": tuning}
    )
    encoder = config.build(RATE)
    encoder.tune()
    waveforms, lengths = noise([16_000]), torch.tensor([16_000])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        first, second = (encoder.embed(waveforms, lengths)[0] for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(
        encoder.eval().embed(waveforms, lengths)[0], encoder.embed(waveforms, lengths)[0]
    )


def test_context_is_thirty_seconds_unless_named(checkpoint: Path) -> None:
    contexts = [whisper(checkpoint, context).context for context in (None, "30s", "clip")]
    assert contexts == ["30s", "30s", "clip"]


def test_a_model_folder_without_context_has_thirty_seconds(
    checkpoint: Path, tmp_path: Path
) -> None:
    """As earlier versions wrote it."""
    config = encoder_config(checkpoint)
    folder = write_without_graph(tmp_path / "model", config, trained(config))
    specification = read_specification(folder)
    del specification.architecture["frontend"]["context"]
    assert encoder_of(load_classifier(folder, specification)).context == "30s"


def test_cached_states_of_the_contexts_are_distinct(checkpoint: Path) -> None:
    digests = [
        encoder_digest(whisper(checkpoint, context), bf16=False)
        for context in (None, "30s", "clip")
    ]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("context", ["30s", "clip"])
def test_other_encoders_have_no_context(context: str, tmp_path: Path) -> None:
    hubert = tiny_checkpoint(tmp_path, "hubert", layers=1)
    with pytest.raises(ConfigError, match=rf"model\.frontend\.context: {context}: .* leave"):
        whisper(hubert, context)


def test_layers_above_the_highest_chosen_one_are_dropped(tmp_path: Path) -> None:
    """From the weights of the model folder; the graph is written from the same module."""
    checkpoint = tiny_checkpoint(tmp_path / "whisper", "whisper", layers=4)
    config = encoder_config(checkpoint, context="clip", layers=[2, 3])
    write_without_graph(tmp_path / "model", config, trained(config))
    names = "\n".join(read_weights(tmp_path / "model"))
    assert "frontend.model.layers.2." in names
    assert "frontend.model.layers.3." not in names
    assert "frontend.model.layer_norm" not in names


def test_weights_of_half_precision_are_trained_in_single(tmp_path: Path) -> None:
    checkpoint = tiny_checkpoint(tmp_path, "whisper", layers=1)
    file = checkpoint / "model.safetensors"
    halves = {name: weight.half() for name, weight in load_file(file).items()}
    save_file(halves, file, {"format": "pt"})
    encoder = whisper(checkpoint, "clip")
    assert {weight.dtype for weight in encoder.parameters()} == {torch.float32}
    assert torch.equal(encoder.model.conv1.weight, halves["encoder.conv1.weight"].float())
