from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from emotion_classifier.errors import ConfigError
from emotion_classifier.models.frontends.config import StandardisationConfig, StandardisationKind
from emotion_classifier.models.frontends.standardisation import (
    Standardisation,
    clip_statistics,
    speaker_statistics,
)


def clips() -> list[torch.Tensor]:
    """Three clips (frame, 5) whose bins differ in level and spread."""
    generator = torch.Generator().manual_seed(0)
    spread = torch.tensor([0.5, 1.0, 3.0, 10.0, 20.0])
    level = torch.tensor([-80.0, -40.0, 0.0, 10.0, -10.0])
    return [torch.randn(n, 5, generator=generator) * spread + level for n in (3, 40, 17)]


def padded(sequences: list[torch.Tensor], filling: float) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(s) for s in sequences) + 4
    batch = torch.full((len(sequences), longest, sequences[0].shape[1]), filling)
    for row, sequence in zip(batch, sequences, strict=True):
        row[: len(sequence)] = sequence
    return batch, torch.tensor([len(s) for s in sequences])


def test_per_bin_statistics_are_those_of_numpy() -> None:
    module = Standardisation(5, kind="per_bin")
    module.fit(clips())
    frames = torch.cat(clips()).double().numpy()
    np.testing.assert_allclose(module.mean.numpy(), frames.mean(0), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(module.deviation.numpy(), frames.std(0), rtol=1e-5)


def test_global_statistics_are_those_of_numpy() -> None:
    module = Standardisation(5, kind="global")
    module.fit(clips())
    frames = torch.cat(clips()).double().numpy()
    np.testing.assert_allclose(module.mean.numpy(), np.full(5, frames.mean()), rtol=1e-5)
    np.testing.assert_allclose(module.deviation.numpy(), np.full(5, frames.std()), rtol=1e-5)


@pytest.mark.parametrize("kind", ["global", "per_bin"])
def test_fitted_frames_have_zero_mean_and_unit_deviation(kind: StandardisationKind) -> None:
    module = Standardisation(5, kind=kind)
    module.fit(clips())
    batch, lengths = padded(clips(), 0.0)
    frames = torch.cat(
        [row[:n] for row, n in zip(module(batch, lengths), lengths, strict=True)]
    ).double()
    axis = None if kind == "global" else 0
    np.testing.assert_allclose(frames.numpy().mean(axis), 0.0, atol=1e-5)
    np.testing.assert_allclose(frames.numpy().std(axis), 1.0, atol=1e-5)


def test_per_utterance_uses_the_clips_own_frames() -> None:
    batch, lengths = padded(clips(), 1e4)
    found = Standardisation(5, kind="per_utterance")(batch, lengths)
    for sequence, row in zip(clips(), found, strict=True):
        own = sequence.double().numpy()
        np.testing.assert_allclose(
            row[: len(own)].numpy(), (own - own.mean()) / own.std(), rtol=1e-4, atol=1e-5
        )


def test_per_utterance_ignores_padding() -> None:
    module = Standardisation(5, kind="per_utterance")
    batch, lengths = padded(clips(), -1e4)
    found = module(batch, lengths)
    for sequence, row in zip(clips(), found, strict=True):
        alone = module(sequence[None], torch.tensor([len(sequence)]))[0]
        torch.testing.assert_close(row[: len(sequence)], alone, atol=1e-5, rtol=1e-5)


def test_per_speaker_without_statistics_uses_the_clips_own() -> None:
    batch, lengths = padded(clips(), 1e4)
    found = Standardisation(5, kind="per_speaker")(batch, lengths)
    for sequence, row in zip(clips(), found, strict=True):
        own = sequence.double().numpy()
        np.testing.assert_allclose(
            row[: len(own)].numpy(), (own - own.mean(0)) / own.std(0), rtol=1e-4, atol=1e-4
        )


def test_per_speaker_makes_all_frames_of_a_speaker_standard() -> None:
    speakers = np.array([1, 0, 1])
    table = speaker_statistics(clips(), speakers)
    assert table.shape == (2, 2, 5) and table.dtype == torch.float32
    batch, lengths = padded(clips(), 1e4)
    found = Standardisation(5, kind="per_speaker")(batch, lengths, table[speakers])
    for speaker in (0, 1):
        frames = torch.cat(
            [found[clip, : lengths[clip]] for clip in range(3) if speakers[clip] == speaker]
        ).double()
        np.testing.assert_allclose(frames.numpy().mean(0), 0.0, atol=1e-4)
        np.testing.assert_allclose(frames.numpy().std(0), 1.0, atol=1e-4)


def test_statistics_of_a_speaker_with_one_clip_are_those_of_the_clip() -> None:
    batch, lengths = padded(clips(), -1e4)
    module = Standardisation(5, kind="per_speaker")
    table = speaker_statistics(clips(), np.arange(3))
    torch.testing.assert_close(table, clip_statistics(batch, lengths))
    torch.testing.assert_close(module(batch, lengths, table), module(batch, lengths))


def test_clip_statistics_ignore_padding() -> None:
    quiet, loud = (clip_statistics(*padded(clips(), filling)) for filling in (0.0, 1e6))
    assert torch.equal(quiet, loud)


@pytest.mark.parametrize("kind", ["none", "global", "per_bin", "per_utterance"])
def test_other_kinds_ignore_statistics_of_speakers(kind: StandardisationKind) -> None:
    batch, lengths = padded(clips(), 0.0)
    module = Standardisation(5, kind=kind)
    statistics = clip_statistics(batch, lengths)
    assert torch.equal(module(batch, lengths, statistics), module(batch, lengths))


def test_only_per_speaker_is_called_transductive() -> None:
    (note,) = StandardisationConfig(kind="per_speaker").notes
    assert note.startswith("Transductive: features are normalised with all clips of each test")
    assert StandardisationConfig().notes == ()


def test_none_changes_nothing() -> None:
    batch, lengths = padded(clips(), 3.0)
    assert Standardisation(5, kind="none")(batch, lengths) is batch


@pytest.mark.parametrize("kind", ["global", "per_bin", "per_utterance", "per_speaker"])
def test_constant_features_stay_finite(kind: StandardisationKind) -> None:
    module = Standardisation(5, kind=kind)
    silence = torch.full((1, 9, 5), -100.0)
    if module.needs_fit:
        module.fit(silence)
    assert torch.equal(module(silence, torch.tensor([9])), torch.zeros(1, 9, 5))


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        ("none", False),
        ("global", True),
        ("per_bin", True),
        ("per_utterance", False),
        ("per_speaker", False),
    ],
)
def test_only_statistics_of_the_training_part_need_a_fit(
    kind: StandardisationKind, needed: bool
) -> None:
    assert StandardisationConfig(kind=kind).build(5).needs_fit is needed


def test_statistics_are_part_of_the_weights() -> None:
    module = Standardisation(5, kind="per_bin")
    module.fit(clips())
    fresh = Standardisation(5, kind="per_bin")
    fresh.load_state_dict(module.state_dict())
    batch, lengths = padded(clips(), 0.0)
    assert torch.equal(fresh(batch, lengths), module(batch, lengths))


def test_each_cell_has_statistics_of_its_own() -> None:
    generator = torch.Generator().manual_seed(0)
    clips = torch.randn(20, 7, 5, generator=generator) * torch.rand(7, 5) + torch.randn(7, 5)
    clips[:, 6] = -100.0  # padding in every clip
    module = Standardisation(5, kind="per_cell", frames=7)
    module.fit(clips)
    found = module(clips, torch.full((20,), 7))
    np.testing.assert_allclose(found[:, :6].mean(0).numpy(), 0.0, atol=1e-5)
    np.testing.assert_allclose(found[:, :6].std(0, correction=0).numpy(), 1.0, atol=1e-4)
    assert not found[:, 6].any()
    assert float(module(clips + 60.0, torch.full((20,), 7))[0, 6, 0]) == 60.0


def test_cells_beyond_the_last_frame_have_its_statistics() -> None:
    module = Standardisation(2, kind="per_cell", frames=3)
    module.fit(torch.arange(24.0).reshape(4, 3, 2).square())
    found = module(torch.ones(1, 5, 2), torch.tensor([5]))
    assert torch.equal(found[0, 3], found[0, 2]) and torch.equal(found[0, 4], found[0, 2])
    assert not torch.equal(found[0, 1], found[0, 2])
    assert module(torch.ones(1, 2, 2), torch.tensor([2])).shape == (1, 2, 2)


def test_cells_need_clips_of_one_length() -> None:
    with pytest.raises(ConfigError, match="frames is 8, but a clip has 7"):
        Standardisation(5, kind="per_cell", frames=8).fit([torch.zeros(7, 5)])


@pytest.mark.parametrize("settings", [{"kind": "per_cell"}, {"kind": "per_bin", "frames": 9}])
def test_frames_are_set_for_cells_alone(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="frames of a clip with per_cell"):
        StandardisationConfig.model_validate(settings)
