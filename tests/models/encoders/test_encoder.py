"""Contract tests of every encoder, and comparison with transformers' own code."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.families import ENCODER_FAMILIES
from emotion_classifier.models.encoders.families.convolutional import ConvolutionalEncoder
from emotion_classifier.models.encoders.layer_mixing import LayerMixing
from emotion_classifier.testing.encoders import TINY_CHECKPOINTS, check_encoder, tiny_checkpoint

RATE = 16_000


@pytest.fixture(scope="module", params=TINY_CHECKPOINTS)
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    family = request.param
    return tiny_checkpoint(tmp_path_factory.mktemp("checkpoints") / family, family)


@pytest.fixture(scope="module")
def hubert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("checkpoints") / "hubert", "hubert")


def encoder_of(checkpoint: Path, **settings: object) -> Encoder:
    config = EncoderConfig.model_validate({"name": str(checkpoint), **settings})
    return config.build(RATE).eval()


def test_every_architecture_of_every_family_is_tested() -> None:
    assert {model_type for model_type, _ in TINY_CHECKPOINTS.values()} == ENCODER_FAMILIES.keys()


def test_encoder_passes_the_contract(checkpoint: Path) -> None:
    check_encoder(encoder_of(checkpoint))


def test_parts_hold_every_weight_but_constants(checkpoint: Path) -> None:
    encoder = encoder_of(checkpoint)
    parts = encoder.parts.by_depth()
    held = {id(weight) for _, module in parts for weight in module.parameters()}
    others = {name for name, weight in encoder.named_parameters() if id(weight) not in held}
    constants = {"model.masked_spec_embed", "model.embed_positions.weight"}
    assert others - constants == {"mixing.scores"}
    depths = [depth for depth, _ in encoder.parts.by_depth()]
    assert depths == sorted(depths) and depths[-1] == len(encoder.layers)


def test_states_equal_those_of_transformers(checkpoint: Path, voices: list[Samples]) -> None:
    encoder = encoder_of(checkpoint)
    expected = states_of_transformers(checkpoint, voices[1])
    with torch.no_grad():
        found = encoder.states(torch.from_numpy(voices[1])[None], torch.tensor([len(voices[1])]))
    frames = found.shape[2]
    assert frames == expected.shape[2] or encoder.maximum_samples is not None
    assert (found - expected[:, :, :frames]).abs().max() <= 1e-5 * expected.abs().max()


def states_of_transformers(checkpoint: Path, voice: Samples) -> torch.Tensor:
    """States (batch, layer, frame, feature) of all layers, through transformers alone."""
    model = transformers.AutoModel.from_pretrained(checkpoint).eval()
    extractor: Any = transformers.AutoFeatureExtractor.from_pretrained(checkpoint)  # type: ignore[no-untyped-call]
    inputs = extractor(voice, sampling_rate=RATE, return_tensors="pt")
    network = model.encoder if model.config.model_type == "whisper" else model
    with torch.no_grad():
        output = network(**inputs, output_hidden_states=True)
    # In models that normalise before each layer, the last hidden state is not normalised.
    return torch.stack([*output.hidden_states[:-1], output.last_hidden_state], 1)


def test_nearly_constant_waveform_is_normalised_exactly(hubert: Path) -> None:
    """Its variances are differences of large terms."""
    model = transformers.AutoModel.from_pretrained(hubert).eval()
    encoder = encoder_of(hubert)
    assert isinstance(encoder, ConvolutionalEncoder) and encoder.normalise
    encoder.normalise = False
    waveform = 0.5 + 0.01 * torch.sin(torch.arange(16_000) / 500)[None]
    waveform += 1e-4 * torch.randn(1, 16_000, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found = encoder.states(waveform, torch.tensor([16_000]))[:, -1]
        expected = model.double()(waveform.double()).last_hidden_state
        plain = model.float()(waveform).last_hidden_state
    error = (found - expected).abs().max()
    assert error <= 2e-3
    assert error <= 2 * (plain - expected).abs().max()


@pytest.mark.parametrize("layers", [(0,), (1, 3), (2,)])
def test_states_of_chosen_layers_are_those_of_the_whole_encoder(
    hubert: Path, layers: tuple[int, ...]
) -> None:
    waveforms = torch.randn(2, 8000, generator=torch.Generator().manual_seed(2))
    lengths = torch.tensor([8000, 6000])
    part = encoder_of(hubert, layers=layers)
    assert len(part.layers) == max(layers)
    with torch.no_grad():
        everything = encoder_of(hubert, layers="weighted").states(waveforms, lengths)
        assert torch.equal(part.states(waveforms, lengths), everything[:, list(layers)])


def test_last_layer_alone_has_no_mixing_weights(hubert: Path) -> None:
    encoder = encoder_of(hubert, layers="last")
    waveforms, lengths = torch.ones(1, 4000), torch.tensor([4000])
    with torch.no_grad():
        assert torch.equal(encoder(waveforms, lengths), encoder.states(waveforms, lengths)[:, 0])
    assert not list(encoder.mixing.parameters())


def test_layers_are_averaged_with_learned_weights(hubert: Path) -> None:
    encoder = encoder_of(hubert, layers=(0, 3))
    states = torch.randn(2, 2, 5, 32, generator=torch.Generator().manual_seed(3))
    assert isinstance(encoder.mixing, LayerMixing)
    assert torch.allclose(encoder.combine(states), states.mean(1), atol=1e-6)
    assert encoder.mixing.scores is not None
    with torch.no_grad():
        encoder.mixing.scores.copy_(torch.tensor([0.0, 20.0]))
    assert torch.allclose(encoder.combine(states), states[:, 1], atol=1e-5)
    encoder.combine(states).sum().backward()  # type: ignore[no-untyped-call]
    assert encoder.mixing.scores.grad is not None


@pytest.mark.parametrize("family", ["wavlm-layer-norm", "whisper"])
def test_can_be_copied_and_pickled(family: str, tmp_path: Path) -> None:
    encoder = encoder_of(tiny_checkpoint(tmp_path, family))
    waveforms, lengths = torch.ones(1, 4000), torch.tensor([4000])
    others = copy.deepcopy(encoder), pickle.loads(pickle.dumps(encoder))
    with torch.no_grad():
        expected = encoder(waveforms, lengths)
        for parameter in encoder.parameters():  # a copy must not share its weights
            parameter.zero_()
        for other in others:
            assert torch.equal(other(waveforms, lengths), expected)


@pytest.mark.parametrize("family", ["hubert", "wavlm", "whisper"])
def test_description_rebuilds_the_encoder_without_its_checkpoint(
    family: str, tmp_path: Path
) -> None:
    config = EncoderConfig(name=str(tiny_checkpoint(tmp_path / family, family)), layers=(1, 2))
    encoder = config.build(RATE).eval()
    text = encoder.description.to_json()
    description = type(encoder.description).from_json(text)
    assert description == encoder.description
    elsewhere = config.model_copy(update={"name": "nowhere/at-all"})
    rebuilt = elsewhere.build(RATE, description).eval()
    rebuilt.load_state_dict(encoder.state_dict())
    waveforms, lengths = torch.ones(2, 6000), torch.tensor([6000, 200])
    with torch.no_grad():
        assert torch.equal(rebuilt(waveforms, lengths), encoder(waveforms, lengths))
    assert rebuilt.fingerprint == encoder.fingerprint
    assert str(tmp_path) not in text.replace(config.name, "")


def test_layers_side_by_side_keep_features_of_their_own(hubert: Path) -> None:
    encoder = encoder_of(hubert, layers=(1, 3), layer_join="concatenate")
    waveforms, lengths = torch.ones(2, 6000), torch.tensor([6000, 4000])
    with torch.no_grad():
        states, features = encoder.states(waveforms, lengths), encoder(waveforms, lengths)
    assert encoder.features == features.shape[2] == 2 * encoder.hidden_size
    assert torch.equal(features, torch.cat([states[:, 0], states[:, 1]], 2))
