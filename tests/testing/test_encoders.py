"""The contract tests for encoders fail where they must."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.families import convolutional
from emotion_classifier.testing.encoders import check_encoder, tiny_checkpoint


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("encoder"), "hubert")


@pytest.fixture
def encoder(checkpoint: Path) -> Encoder:
    return EncoderConfig(name=str(checkpoint)).build(16_000)


def test_finds_normalisation_over_the_padding(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_transformers(
        conv: nn.Conv1d, norm: nn.GroupNorm, waveforms: torch.Tensor, lengths: torch.Tensor
    ) -> torch.Tensor:
        normalised: torch.Tensor = norm(conv(waveforms[:, None]))
        return normalised

    monkeypatch.setattr(convolutional, "normalised_convolution", as_transformers)
    with pytest.raises(AssertionError, match="in a padded batch the states of a clip"):
        check_encoder(encoder)


def test_finds_wrong_frame_counts(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        convolutional.ConvolutionalEncoder,
        "frame_lengths",
        lambda self, lengths: 1 + lengths // 320,
    )
    with pytest.raises(AssertionError, match="states have the shape"):
        check_encoder(encoder)


def test_finds_random_states(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    states = Encoder.states

    def noisy(self: Encoder, waveforms: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        found = states(self, waveforms, lengths)
        return found + 1e-6 * torch.randn_like(found)

    monkeypatch.setattr(Encoder, "states", noisy)
    with pytest.raises(AssertionError, match=r"changes its states|deterministic"):
        check_encoder(encoder)


def test_checkpoint_depends_on_its_seed_alone(checkpoint: Path, tmp_path: Path) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    again = tiny_checkpoint(tmp_path / "again", "hubert")
    other = tiny_checkpoint(tmp_path / "other", "hubert", seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    name = "model.safetensors"
    assert (again / name).read_bytes() == (checkpoint / name).read_bytes()
    assert (other / name).read_bytes() != (checkpoint / name).read_bytes()
