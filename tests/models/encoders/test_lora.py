from __future__ import annotations

import copy
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from emotion_classifier.errors import ConfigError, MissingDependencyError
from emotion_classifier.installation import install_command
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.lora import (
    adapters,
    is_adapter_weight,
    merge_adapters,
    merged_weights,
    require_targets,
)
from emotion_classifier.models.encoders.tuning import LoraConfig
from emotion_classifier.testing.encoders import tiny_checkpoint

FAMILIES = ("hubert", "wavlm", "wav2vec2-layer-norm", "data2vec-audio", "whisper")
LAYERS = 2
Make = Callable[..., Encoder]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    loaded: dict[str, Encoder] = {}

    def encoder(family: str = "hubert", **settings: Any) -> Encoder:
        if family not in loaded:
            folder = tiny_checkpoint(tmp_path_factory.mktemp(family), family, layers=LAYERS)
            loaded[family] = EncoderConfig(name=str(folder)).build(16000)
        found = copy.deepcopy(loaded[family])
        found.tuning = LoraConfig.model_validate({"mask_time": 0.0} | settings).build(LAYERS)
        return found

    return encoder


def waveforms() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return 0.1 * torch.randn(2, 6000, generator=generator), torch.tensor([6000, 4000])


def take_steps(encoder: Encoder, steps: int = 2) -> None:
    trained = [parameter for parameter in encoder.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=0.05, weight_decay=0.5)
    encoder.train().start_epoch(0)
    for _ in range(steps):
        optimizer.zero_grad()
        encoder(*waveforms()).square().mean().backward()
        optimizer.step()


@pytest.mark.parametrize("family", FAMILIES)
def test_adapters_are_trained_change_states_and_can_be_merged(family: str, make: Make) -> None:
    encoder = make(family).eval()
    plain_names = encoder.state_dict().keys()
    before = encoder(*waveforms())
    encoder.tune()
    # At first they add nothing; with gradients attention may take another kernel.
    assert torch.allclose(encoder(*waveforms()), before, atol=1e-5)
    assert len(list(adapters(encoder))) == 2 * LAYERS
    frozen = {n: v.clone() for n, v in encoder.state_dict().items() if n in encoder.frozen_names()}
    take_steps(encoder)
    after = encoder.state_dict()
    trained = after.keys() - frozen.keys()
    assert trained == {n for n in after if is_adapter_weight(n)} | {"mixing.scores"}
    assert all(torch.equal(after[name], value) for name, value in frozen.items())
    adapted = encoder.eval()(*waveforms())
    assert not torch.allclose(adapted, before, atol=1e-3)
    merged = merged_weights(encoder)
    merge_adapters(encoder)
    assert encoder.state_dict().keys() == plain_names
    assert all(torch.equal(encoder.state_dict()[name], value) for name, value in merged.items())
    assert torch.allclose(encoder(*waveforms()), adapted, atol=1e-4)


def test_rank_alpha_and_targets_follow_the_settings(make: Make) -> None:
    settings = {"rank": 4, "alpha": 2.0, "target_modules": ["k_proj", "intermediate_dense"]}
    encoder = make("hubert", **settings)
    encoder.tune()
    found: list[Any] = list(adapters(encoder))
    assert {tuple(layer.lora_A["default"].weight.shape) for layer in found} == {(4, 32)}
    assert {layer.scaling["default"] for layer in found} == {0.5}
    names = {name.split(".lora_A")[0].split(".")[-1] for name in encoder.state_dict()}
    assert {"k_proj", "intermediate_dense"} <= names
    assert not any(".q_proj.lora" in name for name in encoder.state_dict())


def test_dropout_of_adapters_acts_while_training_only(make: Make) -> None:
    encoder = make("wavlm", dropout=0.5)
    encoder.tune()
    take_steps(encoder)
    base = [layer.training for layer in encoder.parts.layers]
    assert base == [False] * LAYERS
    torch.manual_seed(0)
    assert not torch.equal(encoder.train()(*waveforms()), encoder(*waveforms()))
    assert torch.equal(encoder.eval()(*waveforms()), encoder(*waveforms()))


def test_error_for_an_unknown_target_lists_the_layers(make: Make) -> None:
    encoder = make("hubert")
    with pytest.raises(ConfigError, match=r"'query' is no linear layer .* q_proj"):
        require_targets(encoder.layers, ["q_proj", "query"])


def test_unknown_target_is_refused_when_the_encoder_is_built(tmp_path: Path) -> None:
    folder = tiny_checkpoint(tmp_path, "hubert", layers=1)
    tuning = {"kind": "lora", "target_modules": ["query"]}
    settings = EncoderConfig.model_validate({"name": str(folder), "tuning": tuning})
    with pytest.raises(ConfigError, match="target_modules: 'query'"):
        settings.build(16000)


def test_error_without_peft_names_the_install_command(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingDependencyError, match=re.escape(install_command("train"))):
        make("hubert").tune()


def test_merging_without_adapters_changes_nothing(make: Make) -> None:
    encoder = make("hubert")
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    merge_adapters(encoder)
    assert all(torch.equal(encoder.state_dict()[name], value) for name, value in before.items())
