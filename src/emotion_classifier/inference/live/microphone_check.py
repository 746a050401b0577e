"""Problems of a microphone, from a few seconds of its audio.

Levels are those of frames of 50 ms. The noise floor is the 10th percentile (pauses between words), the
voice level the 95th.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emotion_classifier.audio.level import FLOOR_DBFS, frame_levels_dbfs, peak_dbfs, rms_dbfs
from emotion_classifier.audio.mixdown import Mixdown
from emotion_classifier.audio.waveform import Samples, replace_unusable
from emotion_classifier.inference.events import NoticeEvent
from emotion_classifier.units import Decibels, Hertz, Seconds, to_samples, to_seconds

CHECK_SECONDS: Seconds = 5.0
"""Duration that has both a voice and its pauses."""

SILENT_BELOW_DBFS: Decibels = -80.0
"""Peak of a channel that is not connected, or muted."""
QUIET_BELOW_DBFS: Decibels = -50.0
"""Level of a voice that is too far away."""
NOISY_FROM_DBFS: Decibels = -45.0
"""Noise floor from which a voice must stand out."""
MINIMUM_RANGE_DB: Decibels = 10.0
"""Least difference between noise floor and voice; with less, there is no intelligible speech."""
CLIPPED_SHARE = 1e-3
"""Share of samples at full scale from which a voice sounds distorted."""
MINIMUM_RATE: Hertz = 16_000
"""Sample rate below which speech lacks frequencies that models were trained with."""

_FULL_SCALE = 0.999
_FRAME_SECONDS = 0.05
_FIRST_CHECK_SECONDS: Seconds = 3.0
_NEXT_CHECK_SECONDS: Seconds = 10.0

FATAL: frozenset[str] = frozenset({"silent", "too-noisy"})
"""Findings with which no emotion can be recognised."""
_REPORTED_ELSEWHERE = frozenset({"no-voice", "not-finite"})  # by windows, by the preprocessing


@dataclass(frozen=True)
class ChannelLevels:
    """Levels of one channel.

    Noise floor and voice are the levels of the quiet and of the loud frames; `clipped_share` is the share
    of samples at full scale.
    """

    rms_dbfs: Decibels
    peak_dbfs: Decibels
    noise_floor_dbfs: Decibels
    voice_dbfs: Decibels
    clipped_share: float

    @property
    def is_dead(self) -> bool:
        """Whether there is no signal, not even noise."""
        return self.peak_dbfs < SILENT_BELOW_DBFS


@dataclass(frozen=True)
class Finding:
    """A problem and its remedy."""

    code: str
    message: str


@dataclass(frozen=True)
class MicrophoneReport:
    """Levels of each channel of a microphone and its problems, the worst first."""

    sample_rate: Hertz
    channels: tuple[ChannelLevels, ...]
    findings: tuple[Finding, ...]

    @property
    def is_usable(self) -> bool:
        """Whether an emotion can be recognised."""
        return not any(finding.code in FATAL for finding in self.findings)


def check_microphone(samples: Samples, sample_rate: Hertz) -> MicrophoneReport:
    """Levels and problems of `samples` (channel, sample)."""
    finite, not_finite = replace_unusable(samples)
    channels = tuple(measure(channel, sample_rate) for channel in finite)
    findings = [*_findings(channels, sample_rate, not_finite)]
    (mixdown := Mixdown()).mix(finite)
    if mixdown.warning is not None:
        findings.append(Finding("opposite-phase", mixdown.warning))
    return MicrophoneReport(sample_rate, channels, tuple(findings))


def measure(samples: Samples, sample_rate: Hertz) -> ChannelLevels:
    """Levels of one channel (sample,)."""
    levels = frame_levels_dbfs(
        samples, sample_rate, frame_seconds=_FRAME_SECONDS, hop_seconds=_FRAME_SECONDS
    )
    floor, voice = np.percentile(levels, (10, 95)) if len(levels) else (FLOOR_DBFS, FLOOR_DBFS)
    clipped = float(np.mean(np.abs(samples) >= _FULL_SCALE)) if samples.size else 0.0
    return ChannelLevels(rms_dbfs(samples), peak_dbfs(samples), float(floor), float(voice), clipped)


class LevelMonitor:
    """Microphone check during a live session: notices when a problem begins and when it has ended.

    The first 3 s are checked, then every 10 s; memory is bounded by that.
    """

    def __init__(self, sample_rate: Hertz) -> None:
        self._sample_rate = sample_rate
        self._due = to_samples(_FIRST_CHECK_SECONDS, sample_rate)
        self._chunks: list[Samples] = []
        self._count = 0
        self._reported: frozenset[str] = frozenset()

    def feed(self, samples: Samples, end_seconds: Seconds) -> list[NoticeEvent]:
        """Notices after `samples` (channel, sample), which end at `end_seconds`."""
        self._chunks.append(samples)
        self._count += samples.shape[1]
        if self._count < self._due:
            return []
        checked = np.concatenate(self._chunks, axis=1)
        self._chunks, self._count = [], 0
        self._due = to_samples(_NEXT_CHECK_SECONDS, self._sample_rate)
        return list(self._notices(checked, end_seconds))

    def _notices(self, samples: Samples, seconds: Seconds) -> Iterator[NoticeEvent]:
        report = check_microphone(samples, self._sample_rate)
        findings = {finding.code: finding.message for finding in report.findings}
        for code in _REPORTED_ELSEWHERE & findings.keys():
            del findings[code]
        for code, message in findings.items():
            if code not in self._reported:
                yield NoticeEvent(code=code, message=message, seconds=seconds)
        if ended := sorted(self._reported - findings.keys()):
            duration = to_seconds(samples.shape[1], self._sample_rate)
            message = f"for {duration:.0f} s no longer: {', '.join(ended)}"
            yield NoticeEvent(code="level-ok", message=message, seconds=seconds)
        self._reported = frozenset(findings)


def _findings(
    channels: tuple[ChannelLevels, ...], sample_rate: Hertz, not_finite: int
) -> Iterator[Finding]:
    alive = [channel for channel in channels if not channel.is_dead]
    if not_finite:
        message = f"{not_finite} samples are NaN, infinite or absurdly large: change the driver"
        yield Finding("not-finite", message)
    if alive:
        yield from _voice_findings(max(alive, key=lambda channel: channel.voice_dbfs))
        for number, channel in enumerate(channels, start=1):
            if channel.is_dead:
                message = f"channel {number} of {len(channels)} is silent: check its cable"
                yield Finding("dead-channel", message)
    else:
        yield Finding(
            "silent",
            f"no signal, not even noise (peak below {SILENT_BELOW_DBFS:g} dBFS): is the microphone "
            "muted, or is another device in use?",
        )
    if sample_rate < MINIMUM_RATE:
        yield Finding(
            "low-rate",
            f"the device has {sample_rate} Hz, which cuts off frequencies above "
            f"{sample_rate // 2} Hz; use {MINIMUM_RATE} Hz or more: a headset in calling mode has less",
        )


def _voice_findings(channel: ChannelLevels) -> Iterator[Finding]:
    level_range = channel.voice_dbfs - channel.noise_floor_dbfs
    if channel.noise_floor_dbfs >= NOISY_FROM_DBFS and level_range < MINIMUM_RANGE_DB:
        yield Finding(
            "too-noisy",
            f"too noisy: noise at {channel.noise_floor_dbfs:.0f} dBFS, and nothing exceeds it by "
            f"{MINIMUM_RANGE_DB:g} dB: go closer to the microphone, or to a quieter room",
        )
    elif level_range < MINIMUM_RANGE_DB:
        yield Finding("no-voice", "no speech detected: speak during the check")
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
