from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.models.encoders.time_mask import SPAN_FRAMES, time_mask


def test_share_of_masked_frames_is_about_the_requested_one() -> None:
    torch.manual_seed(0)
    frames = torch.full((400,), 300)
    masked = time_mask(frames, 300, 0.1).float().mean()
    assert 0.085 < float(masked) < 0.1  # a little less, as stretches overlap


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=5), st.floats(0.0, 0.8), st.integers(0, 99)
)
def test_masks_whole_spans_inside_each_clip(frames: list[int], share: float, seed: int) -> None:
    torch.manual_seed(seed)
    mask = time_mask(torch.tensor(frames), max(frames), share)
    assert mask.shape == (len(frames), max(frames))
    for length, row in zip(frames, mask, strict=True):
        assert not row[length:].any()
        assert length >= SPAN_FRAMES or not row.any()
        runs = "".join("x" if masked else " " for masked in row.tolist()).split()
        assert all(len(run) >= SPAN_FRAMES for run in runs)


def test_share_of_zero_masks_nothing() -> None:
    torch.manual_seed(0)
    assert not time_mask(torch.full((50,), 100), 100, 0.0).any()
