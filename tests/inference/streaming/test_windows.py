from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ConfigError
from emotion_classifier.inference.streaming.windows import RingBuffer, WindowGrid


def spans(grid: WindowGrid, total: int) -> list[tuple[int, int]]:
    count = grid.whole(total) + grid.ends_in_part(total)
    return [(grid.start(i), min(grid.end(i), total)) for i in range(count)]


def test_windows_of_a_recording() -> None:
    grid = WindowGrid.of_seconds(5.0, 1.0, 100)
    assert spans(grid, 0) == []
    assert spans(grid, 40) == [(0, 40)]
    assert spans(grid, 500) == [(0, 500)]
    assert spans(grid, 501) == [(0, 500), (100, 501)]
    assert spans(grid, 730) == [(0, 500), (100, 600), (200, 700), (300, 730)]


@given(hop=st.integers(1, 40), more=st.integers(0, 40), total=st.integers(1, 300))
def test_every_sample_is_in_a_window_and_in_one_core(hop: int, more: int, total: int) -> None:
    grid = WindowGrid(hop + more, hop)
    found = spans(grid, total)
    assert {i for start, end in found for i in range(start, end)} == set(range(total))
    starts = [grid.core_start(i) for i in range(len(found))]
    assert starts[0] == 0
    for (start, end), core_start, core_end in zip(found, starts, [*starts[1:], total], strict=True):
        assert start <= core_start < core_end <= end
    if len(found) > 1:
        assert found[-1][1] - found[-1][0] > grid.window - grid.hop


@pytest.mark.parametrize("hop_seconds", [0.0, -1.0, 5.1, 0.001])
def test_a_hop_that_leaves_audio_out_is_refused(hop_seconds: float) -> None:
    with pytest.raises(ConfigError, match=r"hop_seconds is .*at most window_seconds \(5\)"):
        WindowGrid.of_seconds(5.0, hop_seconds, 100)


def counted(start: int, end: int) -> Samples:
    return np.arange(start, end, dtype=np.float32)


def test_samples_are_found_by_their_position() -> None:
    recent = RingBuffer()
    for start, end in [(0, 5), (5, 5), (5, 6), (6, 20)]:
        recent.append(counted(start, end))
    assert recent.received == 20
    np.testing.assert_array_equal(recent.between(3, 9), counted(3, 9))
    np.testing.assert_array_equal(recent.between(0, 20), counted(0, 20))
    assert recent.between(7, 7).shape == (0,)


def test_dropped_samples_count_but_are_not_kept() -> None:
    recent = RingBuffer()
    for start in range(0, 100, 10):
        recent.append(counted(start, start + 10))
        recent.drop(start - 15)
    assert (recent.start, recent.received) == (70, 100)
    np.testing.assert_array_equal(recent.between(75, 100), counted(75, 100))
    recent.drop(100)
    assert (recent.start, recent.received) == (100, 100)
