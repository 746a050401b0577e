"""Contract tests of every front-end."""

from __future__ import annotations

import pytest

from emotion_classifier.models.custom import CustomFrontendConfig
from emotion_classifier.models.frontends.config import FrontendConfig, LogMelConfig, MfccConfig
from emotion_classifier.testing.networks import check_frontend


@pytest.mark.parametrize(
    ("config", "sample_rate"),
    [
        (LogMelConfig(), 16_000),
        (LogMelConfig(), 48_000),
        (LogMelConfig(mels=40, hop_length=512), 22_050),
        (LogMelConfig(mels=20, n_fft=400, hop_length=161, low_hz=50.0, high_hz=7000.0), 16_000),
        (CustomFrontendConfig(target="tests.models.test_custom:Levels"), 16_000),
        (LogMelConfig(mels=40, deltas=2), 16_000),
        (MfccConfig(), 16_000),
        (MfccConfig(n_mfcc=13, deltas=1), 48_000),
        (MfccConfig(mels=40, n_mfcc=40, deltas=0, hop_length=512), 22_050),
    ],
    ids=[
        "16 kHz",
        "48 kHz",
        "22 kHz",
        "odd",
        "custom",
        "slopes",
        "mfcc, 16 kHz",
        "mfcc, 48 kHz",
        "mfcc without slopes, 22 kHz",
    ],
)
def test_frontend_passes_the_contract(config: FrontendConfig, sample_rate: int) -> None:
    check_frontend(config, sample_rate=sample_rate)
