from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.frontends.standardisation import speaker_statistics
from emotion_classifier.models.networks.config import (
    AcntConfig,
    CnnConfig,
    NetworkConfig,
    ParallelConfig,
)
from emotion_classifier.testing.encoders import tiny_checkpoint

RATE = 16_000
NETWORKS = (AcntConfig(), ParallelConfig(), CnnConfig())
KINDS = ("none", "global", "per_bin", "per_utterance", "per_speaker")


def fitted(voices: list[Samples], config: ModelConfig) -> EmotionClassifier:
    """A fresh classifier whose standardisation was fitted to the voices."""
    torch.manual_seed(0)
    classifier = config.build(RATE, emotions=8)
    if classifier.standardisation.needs_fit:
        classifier.standardisation.fit(
            classifier.frontend(*batched([voice]))[0] for voice in voices
        )
    return classifier.eval()


def batched(voices: list[Samples], extra: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(voice) for voice in voices) + extra
    waveforms = torch.from_numpy(
        np.stack([np.pad(voice, (0, longest - len(voice))) for voice in voices])
    )
    return waveforms, torch.tensor([len(voice) for voice in voices])


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.kind)
@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_padded_batch_gives_the_logits_of_each_clip_alone(
    network: NetworkConfig, kind: str, voices: list[Samples]
) -> None:
    config = ModelConfig.model_validate({"network": network, "standardisation": {"kind": kind}})
    classifier = fitted(voices, config)
    with torch.no_grad():
        together = classifier(*batched(voices, extra=5000))
        alone = torch.cat([classifier(*batched([voice])) for voice in voices])
    assert together.shape == (4, 8) and together.dtype == torch.float32
    assert (together - alone).abs().max() <= 1e-5
    assert (alone[0] - alone[1]).abs().max() > 1e-3  # the other clips of the speaker matter


def test_standardises_a_clip_with_the_others_of_its_speaker(voices: list[Samples]) -> None:
    classifier = fitted(
        voices, ModelConfig.model_validate({"standardisation": {"kind": "per_speaker"}})
    )
    waveforms, lengths = batched(voices)
    with torch.no_grad():
        table = speaker_statistics(
            (classifier.frontend(*batched([voice]))[0] for voice in voices), np.array([0, 0, 1, 0])
        )
        own = classifier(waveforms, lengths)
        together = classifier(waveforms, lengths, table[[0, 0, 1, 0]])
        output = classifier.classify(*classifier.extract(waveforms, lengths), table[[0, 0, 1, 0]])
        assert torch.equal(output.logits, together)
        assert torch.equal(classifier.head(output.embeddings), together)
    assert (together[2] - own[2]).abs().max() <= 1e-5  # the only clip of its speaker
    assert ((together - own).abs().amax(1) > 1e-3).tolist() == [True, True, False, True]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.kind)
@pytest.mark.parametrize("hop_length", [256, 333])
def test_accepts_the_shortest_waveform_and_no_shorter(
    network: NetworkConfig, hop_length: int, voices: list[Samples]
) -> None:
    config = ModelConfig.model_validate(
        {"network": network, "frontend": {"kind": "log_mel", "hop_length": hop_length}}
    )
    classifier = fitted(voices, config)
    least = classifier.minimum_samples
    shortest = voices[0][8000 : 8000 + least]
    with torch.no_grad():
        assert torch.isfinite(classifier(*batched([shortest]))).all()
        among_longer = classifier(*batched([voices[0], shortest]))
    assert torch.isfinite(among_longer).all()
    frames = classifier.frontend.frame_lengths(torch.tensor([least - 1, least]))
    needed = classifier.network.minimum_frames
    assert isinstance(needed, int) and frames.tolist() == [needed - 1, needed]


def test_spec_augment_acts_while_training_only(voices: list[Samples]) -> None:
    plain = {"network": {"kind": "cnn", "dropout": 0.0}, "head": {"dropout": 0.0}}
    masked = fitted(voices, ModelConfig.model_validate({**plain, "spec_augment": {}}))
    unmasked = fitted(voices, ModelConfig.model_validate(plain))
    inputs = batched(voices)
    with torch.no_grad():
        assert torch.equal(masked(*inputs), unmasked(*inputs))
        answers = []
        for classifier in (masked.train(), unmasked.train()):
            torch.manual_seed(1)
            answers.append(classifier(*inputs))
    assert not torch.allclose(*answers)


def test_logits_are_float32_under_autocast(voices: list[Samples]) -> None:
    classifier = fitted(voices, ModelConfig())
    inputs = batched(voices)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        low = classifier(*inputs)
    with torch.no_grad():
        full = classifier(*inputs)
    assert low.dtype == torch.float32
    assert (low - full).abs().max() < 0.1


def test_channels_last_changes_nothing(voices: list[Samples]) -> None:
    classifier = fitted(voices, ModelConfig())
    inputs = batched(voices)
    with torch.no_grad():
        contiguous = classifier(*inputs)
        other = classifier.to(memory_format=torch.channels_last)(*inputs)  # type: ignore[call-overload]
    assert (contiguous - other).abs().max() <= 1e-5


def test_settings_survive_a_round_trip() -> None:
    config = ModelConfig.model_validate(
        {
            "spec_augment": {"time_masks": 1},
            "network": {"kind": "cnn", "pooling": {"kind": "attention", "hidden": 3}},
        }
    )
    assert ModelConfig.model_validate(config.model_dump(mode="json")) == config


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_checkpoint(tmp_path_factory.mktemp("encoder"), "wavlm"))


def behind_encoder(checkpoint: str, **others: object) -> ModelConfig:
    frontend = {"kind": "encoder", "name": checkpoint}
    return ModelConfig.model_validate({"frontend": frontend, **others})


def test_the_default_head_behind_an_encoder() -> None:
    config = behind_encoder("some/encoder")
    assert config.standardisation.kind == "none"
    assert config.network.model_dump()["pooling"]["kind"] == "attention"
    assert behind_encoder("some/encoder", network={"kind": "mlp"}).network == config.network
    classical = {"kind": "mlp", "pooling": None}
    assert behind_encoder("some/encoder", network=classical).network != config.network
    assert ModelConfig.model_validate(config.model_dump(mode="json")) == config


def test_standardisation_of_an_encoder_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"cannot follow an encoder.* leave it out"):
        behind_encoder("some/encoder", standardisation={"kind": "per_bin"})


@pytest.mark.parametrize("network", [{"kind": "mlp"}, {"kind": "lstm"}])
def test_a_padded_batch_gives_the_logits_of_each_clip_alone_behind_an_encoder(
    network: dict[str, str], checkpoint: str, voices: list[Samples]
) -> None:
    classifier = fitted(voices, behind_encoder(checkpoint, network=network))
    least = classifier.minimum_samples
    clips = [*voices, voices[0][: max(50, least)]]
    with torch.no_grad():
        together = classifier(*batched(clips, extra=5000))
        alone = torch.cat([classifier(*batched([clip])) for clip in clips])
    assert together.shape == (5, 8)
    assert (together - alone).abs().max() <= 1e-5
    assert (alone[0] - alone[1]).abs().max() > 1e-3
    frames = classifier.frontend.frame_lengths(torch.tensor([least]))
    assert frames.item() == classifier.network.minimum_frames


def test_a_description_rebuilds_the_classifier_of_a_lost_checkpoint(
    tmp_path: Path, voices: list[Samples]
) -> None:
    config = behind_encoder(str(tiny_checkpoint(tmp_path, "hubert")))
    classifier = fitted(voices, config)
    for file in tmp_path.iterdir():
        file.unlink()
    rebuilt = config.build(RATE, 8, classifier.frontend.description).eval()  # type: ignore[arg-type]
    rebuilt.load_state_dict(classifier.state_dict())
    with torch.no_grad():
        assert torch.equal(rebuilt(*batched(voices)), classifier(*batched(voices)))
