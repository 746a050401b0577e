from __future__ import annotations

import librosa
import numpy as np
import pytest
import transformers

from emotion_classifier.errors import ConfigError
from emotion_classifier.models.mel_filters import mel_filters


@pytest.mark.parametrize(
    ("sample_rate", "n_fft", "mels", "low_hz", "high_hz"),
    [
        (16_000, 1024, 128, 0.0, 8000.0),
        (22_050, 2048, 40, 0.0, 11_025.0),
        (8000, 512, 20, 60.5, 3800.0),
    ],
)
def test_filters_equal_librosa(
    sample_rate: int, n_fft: int, mels: int, low_hz: float, high_hz: float
) -> None:
    expected = librosa.filters.mel(
        sr=sample_rate, n_fft=n_fft, n_mels=mels, fmin=low_hz, fmax=high_hz, dtype=np.float64
    )
    found = mel_filters(sample_rate, n_fft, mels, low_hz, high_hz)
    np.testing.assert_allclose(found, expected.T, rtol=1e-5, atol=1e-9)
    assert found.dtype == np.float32


@pytest.mark.parametrize("mels", [80, 128])
def test_filters_equal_those_of_whisper(mels: int) -> None:
    extractor = transformers.WhisperFeatureExtractor(feature_size=mels)  # type: ignore[no-untyped-call]
    expected = extractor.mel_filters
    np.testing.assert_array_equal(
        mel_filters(16_000, 400, mels, 0.0, 8000.0), expected.astype(np.float32)
    )


@pytest.mark.parametrize(("low_hz", "high_hz"), [(4000.0, 4000.0), (5000.0, 300.0), (0.0, 8000.5)])
def test_band_edges_out_of_order_are_refused(low_hz: float, high_hz: float) -> None:
    with pytest.raises(ConfigError, match=rf"{low_hz:g} to {high_hz:g} Hz .*half the sample rate"):
        mel_filters(16_000, 1024, 40, low_hz, high_hz)


def test_bands_without_a_frequency_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"of 128 mel bands .*n_fft=256.*fewer mels or a longer"):
        mel_filters(48_000, 256, 128, 0.0, 24_000.0)
