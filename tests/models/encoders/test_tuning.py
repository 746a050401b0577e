from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter
from torch import nn

from emotion_classifier.errors import ConfigError
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.tuning import Tuning, TuningConfig
from emotion_classifier.testing.encoders import tiny_checkpoint

LAYERS = 3
FAMILIES = ("hubert", "wavlm", "wav2vec2-layer-norm", "whisper")
Make = Callable[..., Encoder]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """An encoder of a family, ready for training; each checkpoint is loaded once."""
    loaded: dict[str, Encoder] = {}

    def encoder(family: str = "hubert", **tuning: Any) -> Encoder:
        if family not in loaded:
            folder = tiny_checkpoint(tmp_path_factory.mktemp(family), family, layers=LAYERS)
            loaded[family] = EncoderConfig(name=str(folder)).build(16000)
        found = copy.deepcopy(loaded[family])
        found.tuning = config({"kind": "frozen"} | tuning)
        found.tune()
        return found

    return encoder


def config(settings: dict[str, Any], layers: int = LAYERS) -> Tuning:
    tuning: Any = TypeAdapter(TuningConfig).validate_python(settings)
    built: Tuning = tuning.build(layers)
    return built


def waveforms() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return 0.1 * torch.randn(2, 8000, generator=generator), torch.tensor([8000, 5000])


def take_steps(encoder: Encoder, epochs: int = 1) -> None:
    """Steps of AdamW over everything that is ever trained, with a lot of weight decay."""
    weights = [parameter for parameter in encoder.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=0.01, weight_decay=0.5)
    for epoch in range(epochs):
        encoder.start_epoch(epoch)
        optimizer.zero_grad()
        encoder(*waveforms()).square().mean().backward()
        optimizer.step()


def changed(before: dict[str, torch.Tensor], encoder: Encoder) -> set[str]:
    return {n for n, value in encoder.state_dict().items() if not torch.equal(value, before[n])}


def weights(encoder: Encoder) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in encoder.state_dict().items()}


def names_of(encoder: Encoder, *parts: nn.Module) -> set[str]:
    wanted = {id(parameter) for part in parts for parameter in part.parameters()}
    return {name for name, p in encoder.named_parameters() if id(p) in wanted}


@pytest.mark.parametrize("family", FAMILIES)
def test_frozen_encoder_keeps_its_weights(family: str, make: Make) -> None:
    encoder = make(family).train()
    before = weights(encoder)
    take_steps(encoder)
    assert changed(before, encoder) == {"mixing.scores"}
    assert not any(module.training for module in encoder.model.modules())
    first, second = (encoder.states(*waveforms()) for _ in range(2))
    assert torch.equal(first, second)
    assert first.grad_fn is None  # nothing of it is kept for a backward pass
    assert encoder.tuning.is_frozen
    assert encoder.frozen_names() == before.keys() - {"mixing.scores"}


@pytest.mark.parametrize("family", FAMILIES)
def test_last_layers_trains_no_lower_layers(family: str, make: Make) -> None:
    encoder = make(family, kind="last_layers", unfreeze_last_n_layers=2)
    before = weights(encoder)
    take_steps(encoder)
    parts = encoder.parts
    expected = names_of(encoder, *parts.layers[1:], *parts.closing) | {"mixing.scores"}
    found = changed(before, encoder)
    assert found <= expected
    assert found >= names_of(encoder, *parts.closing) | {"mixing.scores"}
    for layer in parts.layers[1:]:
        assert names_of(encoder, layer) & found
    assert encoder.frozen_names() == before.keys() - expected
    modes = [layer.training for layer in parts.layers]
    assert modes == [False, True, True]
    assert not encoder.tuning.is_frozen


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("feature_encoder", [False, True])
def test_all_trains_the_feature_encoder_on_request_only(
    family: str, feature_encoder: bool, make: Make
) -> None:
    encoder = make(family, kind="all", feature_encoder=feature_encoder)
    before = weights(encoder)
    take_steps(encoder)
    parts, found = encoder.parts, changed(before, encoder)
    convolutions = names_of(encoder, *parts.feature_encoder)
    assert bool(convolutions & found) == feature_encoder
    assert (names_of(encoder, *parts.stem) & found) or not parts.stem
    constants = {"model.masked_spec_embed", "model.embed_positions.weight"}
    others = {name for name, _ in encoder.named_parameters()} - constants - convolutions
    assert encoder.frozen_names() == before.keys() - others - (
        convolutions if feature_encoder else set()
    )


def test_gradual_unfreezes_one_more_layer_at_a_time(make: Make) -> None:
    encoder = make("hubert", kind="gradual", every_epochs=2)
    assert [encoder.tuning.layers_in(epoch) for epoch in range(9)] == [0, 0, 1, 1, 2, 2, 3, 3, 3]
    everything = [p for p in encoder.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(everything, lr=0.01, weight_decay=0.5)
    for epoch in range(6):
        encoder.start_epoch(epoch)
        before = weights(encoder)
        optimizer.zero_grad()
        encoder(*waveforms()).square().mean().backward()
        optimizer.step()
        layers = encoder.parts.layers
        unfrozen = layers[len(layers) - epoch // 2 :]
        found = changed(before, encoder)
        assert found <= names_of(encoder, *unfrozen) | {"mixing.scores"}
        assert all(names_of(encoder, layer) & found for layer in unfrozen)
        assert [layer.training for layer in layers] == [layer in unfrozen for layer in layers]
    assert encoder.frozen_names() == before.keys() - names_of(encoder, *layers) - {"mixing.scores"}


def test_evaluation_has_no_dropout_and_no_masks(make: Make) -> None:
    encoder = make("hubert", kind="all", mask_time=0.5)
    encoder.train()
    torch.manual_seed(0)
    noisy = [encoder(*waveforms()) for _ in range(2)]
    assert not torch.equal(*noisy)
    encoder.eval()
    assert torch.equal(encoder(*waveforms()), make("hubert").train()(*waveforms()))


def test_frames_are_masked_only_while_layers_are_trained(make: Make) -> None:
    encoder = make("hubert", kind="gradual", mask_time=0.5).train()
    plain = make("hubert")(*waveforms())
    encoder.start_epoch(0)
    assert torch.equal(encoder(*waveforms()), plain)
    encoder.start_epoch(1)
    torch.manual_seed(0)
    assert not torch.equal(encoder(*waveforms()), plain)


def test_clip_shorter_than_a_span_can_be_trained_on(make: Make) -> None:
    encoder = make("hubert", kind="all", mask_time=0.5)
    encoder(0.1 * torch.randn(1, 1600), torch.tensor([1600])).sum().backward()


def test_frozen_layers_need_no_backward_pass(make: Make) -> None:
    encoder = make("hubert", kind="last_layers", unfreeze_last_n_layers=1)
    seen: list[bool] = []
    for layer in encoder.parts.layers:
        layer.register_forward_hook(lambda _m, _i, out: seen.append(out.requires_grad))
    encoder(*waveforms())
    assert seen == [False, False, True]


@pytest.mark.parametrize("family", ["hubert", "wavlm", "whisper"])
def test_gradient_checkpointing_changes_no_gradient(family: str, make: Make) -> None:
    gradients = []
    for checkpointing in (False, True):
        encoder = make(family, kind="all")
        if checkpointing:
            model: Any = encoder.model
            model.activation_checkpointing_enable({"use_reentrant": False})
        calls: list[int] = []
        attention = next(encoder.parts.layers[-1].children())
        attention.register_forward_hook(lambda *_, calls=calls: calls.append(1))
        torch.manual_seed(5)
        encoder(*waveforms()).square().mean().backward()
        assert len(calls) == 1 + checkpointing
        gradients.append({n: p.grad for n, p in encoder.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, value in gradients[0].items():
        assert torch.allclose(value, gradients[1][name], atol=1e-6), name


@pytest.mark.parametrize("settings", [{"kind": "all"}, {"kind": "gradual"}, {"kind": "lora"}])
def test_tuning_without_layers_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"layers: \[0\] uses no transformer layer"):
        config(settings, layers=0)


def test_error_for_too_many_layers_names_both_numbers() -> None:
    with pytest.raises(ConfigError, match=r"unfreeze_last_n_layers: 13 is more than the 12"):
        config({"kind": "last_layers", "unfreeze_last_n_layers": 13}, layers=12)


def test_dropped_layers_are_not_trained(
    make: Make, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tiny_checkpoint(tmp_path_factory.mktemp("cut"), "hubert-layer-norm", layers=LAYERS)
    settings = {"name": str(folder), "layers": [1, 2], "tuning": {"kind": "all"}}
    encoder = EncoderConfig.model_validate(settings).build(16000)
    encoder.tune()
    assert len(encoder.layers) == 2
    encoder(*waveforms()).square().mean().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.requires_grad == (parameter.grad is not None), name


def test_batch_normalisation_before_the_positions_stays_in_evaluation_mode(make: Make) -> None:
    encoder = make("hubert", kind="all")
    encoder.model.encoder.pos_conv_embed.batch_norm = nn.BatchNorm1d(32)
    assert not encoder.train().model.encoder.pos_conv_embed.batch_norm.training


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("trained", [1, 3])
def test_states_below_the_trained_layers_give_those_above(
    family: str, trained: int, make: Make
) -> None:
    encoder = make(family, kind="last_layers", unfreeze_last_n_layers=trained, mask_time=0.0)
    if not encoder.has_plain_layers:
        assert encoder.fixed_depth is None
        return
    take_steps(encoder)
    encoder.eval()
    clips, lengths = waveforms()
    depth = len(encoder.layers) - trained
    assert encoder.fixed_depth == depth
    lower = encoder.lower_states(clips, lengths)
    assert lower.shape[1] == depth + 1
    frames = encoder.frame_lengths(lengths)
    found, expected = encoder.upper_states(lower, frames), encoder.states(clips, lengths)
    for count, one, other in zip(frames.tolist(), found, expected, strict=True):
        torch.testing.assert_close(one[:, :count], other[:, :count])


@pytest.mark.parametrize("tuning", [{"kind": "all"}, {"kind": "lora"}, {"kind": "last_layers"}])
def test_states_that_training_changes_are_not_fixed(tuning: dict[str, str], make: Make) -> None:
    assert make("hubert", **tuning).fixed_depth is None
