from __future__ import annotations

import numpy as np
import pytest
import torch

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.models.classifier import EmotionClassifier, ModelConfig
from emotion_classifier.models.frontends.standardisation import speaker_statistics
from emotion_classifier.models.networks import (
    AcntConfig,
    CnnConfig,
    NetworkConfig,
    ParallelConfig,
)

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
def test_a_padded_batch_gives_what_each_clip_gives_alone(
    network: NetworkConfig, kind: str, voices: list[Samples]
) -> None:
    config = ModelConfig.model_validate({"network": network, "standardisation": {"kind": kind}})
    classifier = fitted(voices, config)
    with torch.no_grad():
        together = classifier(*batched(voices, extra=5000))
        alone = torch.cat([classifier(*batched([voice])) for voice in voices])
    assert together.shape == (4, 8) and together.dtype == torch.float32
    assert (together - alone).abs().max() <= 1e-5
    assert (alone[0] - alone[1]).abs().max() > 1e-3  # it does hear them


def test_hears_a_clip_among_the_others_of_its_speaker(voices: list[Samples]) -> None:
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
        in_parts = classifier.network(*classifier.features(waveforms, lengths, table[[0, 0, 1, 0]]))
        assert torch.equal(classifier.answer(in_parts), together)
    assert (together[2] - own[2]).abs().max() <= 1e-5  # the only clip of its speaker
    assert ((together - own).abs().amax(1) > 1e-3).tolist() == [True, True, False, True]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.kind)
@pytest.mark.parametrize("hop_length", [256, 333])
def test_hears_the_shortest_waveform_and_no_shorter(
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
