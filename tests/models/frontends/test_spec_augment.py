from __future__ import annotations

from typing import Any

import pytest
import torch

from emotion_classifier.models.frontends.config import SpecAugmentConfig
from emotion_classifier.models.frontends.spec_augment import SpecAugment

FRAMES, BINS = 120, 60


def spec_augment(**options: Any) -> SpecAugment:
    """The module with these options and the defaults of the rest."""
    return SpecAugmentConfig(**options).build()


def masked(module: SpecAugment, lengths: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """True (batch, frame, bin) where `module` zeroes features of ones."""
    torch.manual_seed(seed)
    ones = torch.ones(len(lengths), FRAMES, BINS)
    augmented: torch.Tensor = module.train()(ones, lengths)
    return augmented == 0


def longest_run(marks: torch.Tensor) -> int:
    """Length of the longest run of True in (frame or bin,)."""
    longest = run = 0
    for mark in marks.tolist():
        run = run + 1 if mark else 0
        longest = max(longest, run)
    return longest


def test_does_nothing_while_evaluating() -> None:
    features = torch.randn(2, FRAMES, BINS)
    module = SpecAugmentConfig(time_fraction=1.0, frequency_fraction=1.0).build().eval()
    assert module(features, torch.tensor([FRAMES, 10])) is features


def test_masks_whole_frames_and_whole_bins_within_their_bounds() -> None:
    module = spec_augment(
        time_masks=1, time_fraction=0.2, frequency_masks=1, frequency_fraction=0.25
    )
    lengths = torch.tensor([FRAMES] * 200)
    time = masked(module, lengths).all(2)
    frequency = masked(module, lengths).all(1)
    assert torch.equal(masked(module, lengths), time[:, :, None] | frequency[:, None, :])
    # A band of real-valued borders covers at most one place more than its width.
    assert max(longest_run(row) for row in time) <= 0.2 * FRAMES + 1
    assert max(longest_run(row) for row in frequency) <= 0.25 * BINS + 1
    # Widths are uniform between none and the longest, so half of that on average.
    assert float(time.float().mean()) == pytest.approx(0.1, abs=0.02)
    assert float(frequency.float().mean()) == pytest.approx(0.125, abs=0.02)


def test_time_masks_are_within_each_clip() -> None:
    module = spec_augment(time_masks=3, time_fraction=0.5, frequency_masks=0)
    lengths = torch.tensor([FRAMES, 40, 7] * 50)
    marks = masked(module, lengths).all(2)
    outside = torch.arange(FRAMES)[None, :] >= lengths[:, None]
    assert not (marks & outside).any()
    assert marks[2::3, :7].any()


def test_frequency_masks_differ_between_clips() -> None:
    marks = masked(spec_augment(time_masks=0, frequency_masks=2), torch.tensor([FRAMES] * 8))
    assert len({tuple(row) for row in marks[:, 0].tolist()}) > 1


def test_masked_values_are_zero_and_others_unchanged() -> None:
    features = torch.randn(4, FRAMES, BINS) + 10
    torch.manual_seed(0)
    found = spec_augment().train()(features, torch.tensor([FRAMES] * 4))
    changed = found != features
    assert changed.any() and not changed.all()
    assert (found[changed] == 0).all()


def test_same_seed_gives_the_same_masks() -> None:
    lengths = torch.tensor([FRAMES, 50])
    module = spec_augment()
    assert torch.equal(masked(module, lengths, seed=3), masked(module, lengths, seed=3))
    assert not torch.equal(masked(module, lengths, seed=3), masked(module, lengths, seed=4))


def test_no_masks_change_nothing() -> None:
    assert not masked(spec_augment(time_masks=0, frequency_masks=0), torch.tensor([FRAMES])).any()
