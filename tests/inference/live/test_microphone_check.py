"""What is wrong with a microphone."""

from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.live.microphone_check import check_microphone

RATE = 16_000


def voice(level: float = 0.2, floor: float = 0.001, seconds: float = 5.0) -> Samples:
    """Words and pauses of 0.3 s each over a noise floor: (1, sample)."""
    generator = np.random.default_rng(0)
    count = round(seconds * RATE)
    speaks = (np.arange(count) // round(0.3 * RATE)) % 2 == 0
    words = level * np.sin(2 * np.pi * 200 * np.arange(count) / RATE) * speaks
    samples: Samples = (words + floor * generator.normal(size=count)).astype(np.float32)[None]
    return samples


def codes(samples: Samples, rate: int = RATE) -> list[str]:
    return [finding.code for finding in check_microphone(samples, rate).findings]


def test_a_good_microphone_has_no_findings() -> None:
    report = check_microphone(voice(), RATE)
    assert report.findings == ()
    assert report.is_usable
    (channel,) = report.channels
    assert channel.noise_floor_dbfs == pytest.approx(-60.0, abs=1.0)
    assert channel.voice_dbfs == pytest.approx(20 * np.log10(0.2) - 3.0, abs=1.0)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.zeros((1, RATE), np.float32), ["silent"]),
        (voice(level=0.05, floor=0.05), ["too-noisy"]),
        (voice(level=0.003, floor=0.0001), ["too-quiet"]),
        (voice(level=0.0), ["no-voice"]),
        (np.clip(voice(level=2.0), -1, 1), ["clipping"]),
        (np.concatenate([voice(), np.zeros_like(voice())]), ["dead-channel"]),
        (np.where(np.arange(5 * RATE) == 7, np.nan, voice()), ["not-finite"]),
        (np.where(np.arange(5 * RATE) == 7, 1e30, voice()), ["not-finite"]),
    ],
    ids=["silent", "noisy", "quiet", "nobody", "clipped", "half", "nan", "huge"],
)
def test_each_fault_is_found_alone(samples: Samples, expected: list[str]) -> None:
    assert codes(samples) == expected


@pytest.mark.parametrize("samples", [np.zeros((1, RATE), np.float32), voice(0.05, 0.05)])
def test_where_nothing_can_be_told_it_is_not_usable(samples: Samples) -> None:
    assert not check_microphone(samples, RATE).is_usable


def test_a_low_rate_is_found() -> None:
    report = check_microphone(voice()[:, ::2], 8_000)
    assert [finding.code for finding in report.findings] == ["low-rate"]
    assert "8000 Hz" in report.findings[0].message


def test_all_dead_channels_are_silent_and_not_dead_one_by_one() -> None:
    assert codes(np.zeros((2, RATE), np.float32)) == ["silent"]


def test_nothing_to_judge_is_silent() -> None:
    assert codes(np.zeros((1, 0), np.float32)) == ["silent"]
