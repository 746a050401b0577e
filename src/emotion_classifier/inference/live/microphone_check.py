"""What is wrong with a microphone, told from a few seconds of it. Pure functions on samples.

Levels are those of frames of 50 ms. The noise floor is the level that a tenth of them stay below
(pauses between words), the voice the level that a twentieth exceed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from emotion_classifier.audio.level import FLOOR_DBFS, frame_levels_dbfs, peak_dbfs, rms_dbfs
from emotion_classifier.audio.waveform import Samples, replace_unusable
from emotion_classifier.units import Decibels, Hertz, Seconds

CHECK_SECONDS: Seconds = 5.0
"""A duration that shows both a voice and its pauses."""

SILENT_BELOW_DBFS: Decibels = -80.0
"""Peak of a channel to which nothing is connected, or that is muted."""
QUIET_BELOW_DBFS: Decibels = -50.0
"""Level of a voice that is too far away."""
NOISY_FROM_DBFS: Decibels = -45.0
"""Noise floor from which a voice must stand out."""
LEAST_RANGE_DB: Decibels = 10.0
"""Between noise floor and voice; with less, nobody speaks or nobody could be understood."""
CLIPPED_SHARE = 1e-3
"""Share of samples at full scale from which a voice sounds distorted."""
LOWEST_RATE: Hertz = 16_000
"""Rate below which speech lacks what models have learned from."""

_FULL_SCALE = 0.999
_FRAME_SECONDS = 0.05

FindingCode: TypeAlias = Literal[
    "silent",
    "dead-channel",
    "clipping",
    "too-noisy",
    "too-quiet",
    "no-voice",
    "low-rate",
    "not-finite",
]
FATAL: frozenset[FindingCode] = frozenset({"silent", "too-noisy"})
"""Findings with which no emotion can be told."""


@dataclass(frozen=True)
class ChannelLevels:
    """How loud one channel is.

    Parameters
    ----------
    rms_dbfs, peak_dbfs : of all samples.
    noise_floor_dbfs, voice_dbfs : of the quiet and of the loud frames.
    clipped_share : of samples at full scale.
    """

    rms_dbfs: Decibels
    peak_dbfs: Decibels
    noise_floor_dbfs: Decibels
    voice_dbfs: Decibels
    clipped_share: float

    @property
    def is_dead(self) -> bool:
        """Whether nothing is heard at all."""
        return self.peak_dbfs < SILENT_BELOW_DBFS


@dataclass(frozen=True)
class Finding:
    """Something wrong, and what to do about it."""

    code: FindingCode
    message: str


@dataclass(frozen=True)
class MicrophoneReport:
    """What a few seconds of a microphone show.

    Parameters
    ----------
    sample_rate : of the device.
    channels : in order.
    findings : the worst first; empty where all is well.
    """

    sample_rate: Hertz
    channels: tuple[ChannelLevels, ...]
    findings: tuple[Finding, ...]

    @property
    def is_usable(self) -> bool:
        """Whether an emotion can be told."""
        return not any(finding.code in FATAL for finding in self.findings)


def check_microphone(samples: Samples, sample_rate: Hertz) -> MicrophoneReport:
    """Levels and findings of `samples` (channel, sample)."""
    sound, spoiled = replace_unusable(samples)
    channels = tuple(measure(channel, sample_rate) for channel in sound)
    return MicrophoneReport(sample_rate, channels, tuple(_findings(channels, sample_rate, spoiled)))


def measure(samples: Samples, sample_rate: Hertz) -> ChannelLevels:
    """Levels of one channel (sample,)."""
    levels = frame_levels_dbfs(
        samples, sample_rate, frame_seconds=_FRAME_SECONDS, hop_seconds=_FRAME_SECONDS
    )
    floor, voice = np.percentile(levels, (10, 95)) if len(levels) else (FLOOR_DBFS, FLOOR_DBFS)
    clipped = float(np.mean(np.abs(samples) >= _FULL_SCALE)) if samples.size else 0.0
    return ChannelLevels(rms_dbfs(samples), peak_dbfs(samples), float(floor), float(voice), clipped)


def _findings(
    channels: tuple[ChannelLevels, ...], sample_rate: Hertz, spoiled: int
) -> Iterator[Finding]:
    alive = [channel for channel in channels if not channel.is_dead]
    if spoiled:
        yield Finding(
            "not-finite",
            f"{spoiled} samples are no sound (NaN, infinite, absurdly large): change the driver",
        )
    if alive:
        yield from _voice_findings(max(alive, key=lambda channel: channel.voice_dbfs))
        for number, channel in enumerate(channels, start=1):
            if channel.is_dead:
                message = f"channel {number} of {len(channels)} is silent: check its cable"
                yield Finding("dead-channel", message)
    else:
        yield Finding(
            "silent",
            f"nothing is heard, not even noise (peak below {SILENT_BELOW_DBFS:g} dBFS): "
            "is the microphone muted, or is it another device?",
        )
    if sample_rate < LOWEST_RATE:
        yield Finding(
            "low-rate",
            f"the device gives {sample_rate} Hz, which cuts off what lies above {sample_rate // 2} "
            f"Hz; better is {LOWEST_RATE} Hz or more: a headset in calling mode does this",
        )


def _voice_findings(channel: ChannelLevels) -> Iterator[Finding]:
    reach = channel.voice_dbfs - channel.noise_floor_dbfs
    if channel.noise_floor_dbfs >= NOISY_FROM_DBFS and reach < LEAST_RANGE_DB:
        yield Finding(
            "too-noisy",
            f"too noisy to tell: noise at {channel.noise_floor_dbfs:.0f} dBFS, and nothing stands "
            f"out by {LEAST_RANGE_DB:g} dB: go closer to the microphone, or to a quieter place",
        )
    elif reach < LEAST_RANGE_DB:
        yield Finding("no-voice", "nobody seems to speak: say something while checking")
    elif channel.voice_dbfs < QUIET_BELOW_DBFS:
        yield Finding(
            "too-quiet",
            f"the voice is at {channel.voice_dbfs:.0f} dBFS, below {QUIET_BELOW_DBFS:g}: go closer "
            "to the microphone, or raise its input level",
        )
    if channel.clipped_share >= CLIPPED_SHARE:
        yield Finding(
            "clipping",
            f"{channel.clipped_share:.1%} of the samples are at full scale and distorted: lower "
            "the input level",
        )
