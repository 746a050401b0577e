from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from tests.audio.augmentation.signals import RATE

from emotion_classifier.audio.augmentation.packet_loss import (
    Lost,
    PacketLoss,
    PacketLossConfig,
)

PACKETS = 50_000
ONES = np.ones(RATE, np.float32)


def lost_packets(augmentation: PacketLoss, seed: int = 0) -> np.ndarray:
    """(packet,) whether it was lost, of a very long clip."""
    drawn = augmentation.draw(PACKETS * 320, RATE, np.random.default_rng(seed))
    lost = np.zeros(PACKETS, bool)
    lost[list(drawn.packets)] = True
    return lost


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("burst", [1.0, 4.0])
def test_share_and_bursts_are_those_of_the_settings(share: float, burst: float) -> None:
    lost = lost_packets(PacketLoss(share, share, burst))
    assert lost.mean() == pytest.approx(share, rel=0.15)
    starts = np.count_nonzero(np.diff(np.concatenate([[False], lost]).astype(int)) == 1)
    assert lost.sum() / starts == pytest.approx(burst, rel=0.1)


def test_the_share_varies_within_its_range() -> None:
    shares = [lost_packets(PacketLoss(0.05, 0.3, 1.0), seed).mean() for seed in range(40)]
    assert 0.045 < min(shares) < 0.1
    assert 0.25 < max(shares) < 0.31


def test_no_loss() -> None:
    assert not lost_packets(PacketLoss(0.0, 0.0, 2.0)).any()


def test_lost_packets_are_zero_and_the_others_untouched() -> None:
    result = PacketLoss(0.0, 0.1, 1.0).apply(ONES, RATE, Lost((0, 3, 49)))
    expected = np.repeat(np.isin(np.arange(50), [0, 3, 49], invert=True), 320)
    np.testing.assert_array_equal(result, expected.astype(np.float32))
    assert ONES.all()


def test_the_last_packet_may_be_a_part() -> None:
    generator = np.random.default_rng(0)
    augmentation = PacketLoss(0.5, 0.5, 1.0)
    drawn = {packet for _ in range(50) for packet in augmentation.draw(321, RATE, generator)[0]}
    assert drawn == {0, 1}
    assert augmentation.apply(ONES[:321], RATE, Lost((1,))).tolist() == [1.0] * 320 + [0.0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"minimum_share": 0.2}, r"minimum_share .0\.2. is above maximum_share .0\.1."),
        ({"maximum_share": 0.6}, "maximum_share"),
        ({"minimum_share": -0.1}, "minimum_share"),
        ({"maximum_share": float("nan")}, "maximum_share"),
        ({"mean_burst_packets": 0.5}, "mean_burst_packets"),
        ({"mean_burst_packets": float("inf")}, "mean_burst_packets"),
    ],
)
def test_bad_settings_are_errors(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PacketLossConfig.model_validate(settings)
