"""Every front-end keeps to the contract."""

from __future__ import annotations

import pytest

from emotion_classifier.models.frontends.log_mel import LogMelConfig
from emotion_classifier.testing.frontends import check_frontend


@pytest.mark.parametrize(
    ("config", "sample_rate"),
    [
        (LogMelConfig(), 16_000),
        (LogMelConfig(), 48_000),
        (LogMelConfig(mels=40, hop_length=512), 22_050),
        (LogMelConfig(mels=20, n_fft=400, hop_length=161, low_hz=50.0, high_hz=7000.0), 16_000),
    ],
    ids=["16 kHz", "48 kHz", "22 kHz", "odd"],
)
def test_frontend_keeps_to_the_contract(config: LogMelConfig, sample_rate: int) -> None:
    check_frontend(config, sample_rate=sample_rate)
