from __future__ import annotations

import pytest
import torch
from pydantic import TypeAdapter

from emotion_classifier.training.objectives.config import CutMixConfig, MixingConfig
from emotion_classifier.training.objectives.mixing import Blend, Cut, CutMix, Mixing, Mixup

FRAMES = torch.tensor([10, 4, 7, 1])
TARGETS = torch.eye(4)
ALWAYS = [Mixup(alpha=1.0, probability=1.0), CutMix(alpha=1.0, probability=1.0)]


def clips(frames: torch.Tensor = FRAMES, *, behind: float = 9e9) -> torch.Tensor:
    """Features (batch, 10, 3); the number of clip i in frame f is 100 i + f + 1."""
    batch = len(frames)
    numbers = 100.0 * torch.arange(batch)[:, None] + torch.arange(1.0, 11.0)
    inside = torch.arange(10)[None, :] < frames[:, None]
    return torch.where(inside, numbers, behind)[:, :, None].repeat(1, 1, 3)


def valid(features: torch.Tensor, frames: torch.Tensor) -> list[list[float]]:
    """The numbers inside each clip."""
    return [row[: int(count), 0].tolist() for row, count in zip(features, frames, strict=True)]


def test_mixup_adds_clips_and_targets_with_one_share() -> None:
    blend = Blend(torch.tensor([1, 0, 3, 2]), torch.tensor([0.75, 0.25, 0.5, 0.5]))
    features, frames = blend.features(clips(), FRAMES)
    assert frames.tolist() == [10, 10, 7, 7]
    first, second, third, fourth = valid(features, frames)
    assert first[:4] == [0.75 * (n + 1) + 0.25 * (n + 101) for n in range(4)]
    assert first[4:] == [0.75 * (n + 1) for n in range(4, 10)]  # the partner has ended
    assert second[4:] == [0.75 * (n + 1) for n in range(4, 10)]
    assert third == fourth
    targets = blend.targets(TARGETS)
    assert targets[0].tolist() == [0.75, 0.25, 0.0, 0.0]
    assert targets[1].tolist() == [0.75, 0.25, 0.0, 0.0]


def test_cutmix_replaces_a_stretch_and_that_share_of_the_target() -> None:
    cut = Cut(
        partners=torch.tensor([1, 2, 0, 3]),
        shares=torch.tensor([0.7, 0.5, 1.0, 1.0]),
        counts=torch.tensor([3, 2, 0, 0]),
        starts=torch.tensor([5, 0, 2, 0]),
        sources=torch.tensor([1, 5, 0, 0]),
    )
    features, frames = cut.features(clips(), FRAMES)
    assert valid(features, frames) == [
        [1, 2, 3, 4, 5, 102, 103, 104, 9, 10],
        [206, 207, 103, 104],
        [201, 202, 203, 204, 205, 206, 207],
        [301],
    ]
    assert cut.targets(TARGETS)[0].tolist() == pytest.approx([0.7, 0.3, 0.0, 0.0])


@pytest.mark.parametrize("mixing", ALWAYS)
def test_padding_never_reaches_the_mixture(mixing: Mixing) -> None:
    for seed in range(100):
        torch.manual_seed(seed)
        mixture = mixing.draw(FRAMES)
        features, frames = mixture.features(clips(), FRAMES)
        other, _ = mixture.features(clips(behind=-1.0), FRAMES)
        assert valid(features, frames) == valid(other, frames)
        assert max(map(max, valid(features, frames))) < 400


@pytest.mark.parametrize("mixing", ALWAYS)
def test_targets_stay_distributions(mixing: Mixing) -> None:
    torch.manual_seed(0)
    mixed = torch.cat([mixing.draw(FRAMES).targets(TARGETS) for _ in range(100)])
    assert torch.allclose(mixed.sum(1), torch.ones(400))
    assert (mixed >= 0).all()
    assert (mixed.max(1).values < 0.99).float().mean() > 0.4  # a clip may be its own partner


def test_the_share_of_a_cut_is_that_of_the_frames_which_came_from_the_partner() -> None:
    torch.manual_seed(0)
    for _ in range(100):
        cut = CutMix(alpha=1.0, probability=1.0).draw(FRAMES)
        features, frames = cut.features(clips(), FRAMES)
        for clip, numbers in enumerate(valid(features, frames)):
            if cut.partners[clip] == clip:
                continue
            own = sum(int(number) // 100 == clip for number in numbers)
            assert float(cut.shares[clip]) == pytest.approx(own / len(numbers))


def test_every_stretch_can_be_cut() -> None:
    torch.manual_seed(0)
    frames = torch.full((500,), 10)
    cut = CutMix(alpha=1.0, probability=1.0).draw(frames)
    assert set(cut.counts.tolist()) == set(range(11))
    some = cut.counts == 4
    assert set(cut.starts[some].tolist()) == set(cut.sources[some].tolist()) == set(range(7))


@pytest.mark.parametrize("kind", [Mixup, CutMix])
def test_probability_is_the_share_of_clips_that_are_mixed(kind: type[Mixup | CutMix]) -> None:
    torch.manual_seed(0)
    frames = torch.full((4000,), 1000)
    drawn = kind(alpha=1.0, probability=0.25).draw(frames)
    assert float((drawn.shares < 1.0).float().mean()) == pytest.approx(0.25, abs=0.03)
    assert float(drawn.shares[drawn.shares < 1.0].mean()) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "mixing", [Mixup(alpha=0.2, probability=0.0), CutMix(alpha=1.0, probability=0.0)]
)
def test_a_clip_that_is_not_mixed_stays_as_it_is(mixing: Mixing) -> None:
    mixture = mixing.draw(FRAMES)
    features, frames = mixture.features(clips(), FRAMES)
    assert torch.equal(frames, FRAMES)
    assert valid(features, frames) == valid(clips(), FRAMES)
    assert torch.equal(mixture.targets(TARGETS), TARGETS)


@pytest.mark.parametrize("mixing", ALWAYS)
def test_the_same_seed_mixes_the_same(mixing: Mixing) -> None:
    mixed = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        mixed.append(mixing.draw(FRAMES).targets(TARGETS))
    assert torch.equal(mixed[0], mixed[1])
    assert not torch.equal(mixed[0], mixed[2])


def test_settings_build_their_mixing() -> None:
    adapter: TypeAdapter[MixingConfig] = TypeAdapter(MixingConfig)
    settings = adapter.validate_python({"kind": "cutmix", "alpha": 0.4, "probability": 0.9})
    assert isinstance(settings, CutMixConfig)
    assert vars(settings.build()) == {"alpha": 0.4, "probability": 0.9}
    mixup = adapter.validate_python({"kind": "mixup", "alpha": 0.3}).build()
    assert isinstance(mixup, Mixup) and mixup.alpha == 0.3
