"""Problems of a microphone."""

from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.live.microphone_check import LevelMonitor, check_microphone

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
        (np.concatenate([voice(), -voice()]), ["opposite-phase"]),
        (np.where(np.arange(5 * RATE) == 7, np.nan, voice()), ["not-finite"]),
        (np.where(np.arange(5 * RATE) == 7, 1e30, voice()), ["not-finite"]),
    ],
    ids=["silent", "noisy", "quiet", "no-voice", "clipped", "half", "opposite", "nan", "huge"],
)
def test_each_problem_is_found_alone(samples: Samples, expected: list[str]) -> None:
    assert codes(samples) == expected


@pytest.mark.parametrize("samples", [np.zeros((1, RATE), np.float32), voice(0.05, 0.05)])
def test_without_signal_or_with_noise_a_microphone_is_not_usable(samples: Samples) -> None:
    assert not check_microphone(samples, RATE).is_usable


def test_a_low_rate_is_found() -> None:
    report = check_microphone(voice()[:, ::2], 8_000)
    assert [finding.code for finding in report.findings] == ["low-rate"]
    assert "8000 Hz" in report.findings[0].message


def test_all_dead_channels_are_silent_and_not_dead_one_by_one() -> None:
    assert codes(np.zeros((2, RATE), np.float32)) == ["silent"]


def test_no_samples_are_silent() -> None:
    assert codes(np.zeros((1, 0), np.float32)) == ["silent"]


def test_a_problem_is_reported_when_it_begins_and_when_it_has_ended() -> None:
    monitor = LevelMonitor(RATE)
    generator = np.random.default_rng(0)
    reported: list[tuple[str, float]] = []
    for second in range(43):
        is_muted = 13 <= second < 33
        level = 0.0 if is_muted else 0.01 * (1 + 99 * (second % 2))
        samples = np.clip(level * generator.normal(size=(1, RATE)), -0.9, 0.9).astype(np.float32)
        reported += [
            (notice.code, notice.seconds) for notice in monitor.feed(samples, second + 1.0)
        ]
    assert reported == [("silent", 23.0), ("level-ok", 43.0)]


def test_the_first_seconds_are_checked_early() -> None:
    monitor = LevelMonitor(RATE)
    silence = np.zeros((2, RATE), np.float32)
    assert monitor.feed(silence, 1.0) == monitor.feed(silence, 2.0) == []
    (notice,) = monitor.feed(silence, 3.0)
    assert (notice.code, notice.seconds) == ("silent", 3.0)
