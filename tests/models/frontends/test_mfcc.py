from __future__ import annotations

import librosa
import numpy as np
import pytest
import torch
from pydantic import ValidationError
from scipy.fft import dct
from scipy.signal import savgol_filter

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.models.frontends.config import LogMelConfig, MfccConfig

RATE = 16_000


@pytest.mark.slow  # its first use compiles librosa
def test_equals_librosa(voices: list[Samples]) -> None:
    frontend = MfccConfig(n_mfcc=20, mels=64, deltas=0).build(RATE)
    for voice in voices:
        found = frontend(torch.from_numpy(voice)[None])[0].numpy()
        power = librosa.feature.melspectrogram(
            y=voice, sr=RATE, n_fft=1024, hop_length=256, n_mels=64, pad_mode="constant"
        )
        expected = librosa.feature.mfcc(S=librosa.power_to_db(power, top_db=None), n_mfcc=20)
        assert np.abs(found - expected.T).max() <= 2e-4 * np.abs(expected).max()


def test_coefficients_are_the_cosine_transform_of_the_log_mel_spectrogram(
    voices: list[Samples],
) -> None:
    frontend = MfccConfig(n_mfcc=20, mels=64, deltas=0).build(RATE)
    spectrogram = LogMelConfig(mels=64).build(RATE)
    for voice in voices:
        samples = torch.from_numpy(voice)[None]
        expected = dct(spectrogram(samples)[0].numpy(), norm="ortho")[:, :20]
        assert np.abs(frontend(samples)[0].numpy() - expected).max() <= 1e-3


def test_slopes_are_those_of_a_straight_line_through_nine_frames(voices: list[Samples]) -> None:
    features = MfccConfig(n_mfcc=13, deltas=2).build(RATE)(torch.from_numpy(voices[0])[None])[0]
    coefficients, slopes, bends = features.numpy().T.reshape(3, 13, -1)
    expected = savgol_filter(coefficients, 9, polyorder=1, deriv=1, mode="nearest")
    assert np.abs(slopes - expected).max() <= 1e-3
    again = savgol_filter(slopes, 9, polyorder=1, deriv=1, mode="nearest")
    assert np.abs(bends - again).max() <= 1e-3


def test_the_slope_of_a_constant_is_zero_up_to_the_ends() -> None:
    features = MfccConfig(n_mfcc=5, deltas=1).build(RATE)(torch.zeros(1, RATE))
    assert features[:, :, 5:].abs().max() <= 1e-3  # of coefficients around -1000


@pytest.mark.parametrize(("deltas", "width"), [(0, 30), (1, 60), (2, 90)])
def test_width(deltas: int, width: int) -> None:
    config = MfccConfig.model_validate({"n_mfcc": 30, "deltas": deltas})
    assert config.build(RATE).features == width


def test_refuses_more_coefficients_than_bands() -> None:
    with pytest.raises(ValidationError, match=r"n_mfcc \(41\) is above mels \(40\)"):
        MfccConfig(mels=40, n_mfcc=41)
