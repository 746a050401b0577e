from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from tests.audio.augmentation.signals import RATE, tone

from emotion_classifier.audio.augmentation.microphone import (
    BAND_CENTRES_HZ,
    Microphone,
    MicrophoneConfig,
    Response,
)

FLAT = (0.0,) * len(BAND_CENTRES_HZ)
MICROPHONE = MicrophoneConfig().build()


def gain_db(response: Response, hertz: float, rate: int = RATE) -> float:
    """Gain of the microphone at the frequency of a tone."""
    clip = tone(hertz, rate=rate)
    result = MICROPHONE.apply(clip, rate, response)
    inside = slice(rate // 10, -rate // 10)
    return float(10 * np.log10(np.square(result[inside]).mean() / np.square(clip[inside]).mean()))


@pytest.mark.parametrize("band", range(1, len(BAND_CENTRES_HZ) - 1))
def test_each_band_has_its_gain(band: int) -> None:
    gains = tuple(5.0 if k == band else -5.0 for k in range(len(BAND_CENTRES_HZ)))
    response = Response(gains, low_cut_hz=10.0, high_cut_hz=24_000.0)
    assert gain_db(response, BAND_CENTRES_HZ[band]) == pytest.approx(5.0, abs=0.3)
    assert gain_db(response, BAND_CENTRES_HZ[band - 1]) == pytest.approx(-5.0, abs=0.3)


def test_between_two_bands_the_gain_is_between() -> None:
    response = Response((0.0, 0.0, 0.0, 0.0, 8.0, 0.0, 0.0, 0.0), 10.0, 24_000.0)
    assert gain_db(response, 1000.0 * 2**0.5) == pytest.approx(4.0, abs=0.2)


def test_band_limits_attenuate_by_12_db_per_octave() -> None:
    response = Response(FLAT, low_cut_hz=400.0, high_cut_hz=3000.0)
    assert gain_db(response, 400.0) == pytest.approx(-3.0, abs=0.2)
    assert gain_db(response, 100.0) == pytest.approx(-24.1, abs=0.3)
    assert gain_db(response, 1100.0) == pytest.approx(0.0, abs=0.2)
    assert gain_db(response, 6000.0) == pytest.approx(-12.3, abs=0.3)


def test_a_limit_that_the_rate_cannot_hold_changes_nothing() -> None:
    assert gain_db(Response(FLAT, 10.0, 24_000.0), 3500.0, rate=8000) == pytest.approx(0, abs=0.1)


def test_drawn_values_fill_their_range() -> None:
    microphone = Microphone(3.0, (50.0, 200.0), (4000.0, 7000.0))
    generator = np.random.default_rng(0)
    drawn = [microphone.draw(100, RATE, generator) for _ in range(300)]
    gains = np.array([response.gains_db for response in drawn])
    assert gains.shape == (300, len(BAND_CENTRES_HZ))
    low = np.array([response.low_cut_hz for response in drawn])
    high = np.array([response.high_cut_hz for response in drawn])
    for values, least, most in ((gains, -3, 3), (low, 50, 200), (high, 4000, 7000)):
        assert least <= values.min() < least + 0.05 * (most - least)
        assert most - 0.05 * (most - least) < values.max() <= most
    assert np.median(low) == pytest.approx(100.0, rel=0.1)  # the middle of a logarithmic scale


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"minimum_low_cut_hz": 300.0}, r"minimum_low_cut_hz .300. is above maximum_low_cut_hz"),
        ({"maximum_high_cut_hz": 4000.0}, r"minimum_high_cut_hz .5000. is above"),
        ({"maximum_gain_db": -1.0}, "maximum_gain_db"),
        ({"maximum_gain_db": float("inf")}, "maximum_gain_db"),
        ({"minimum_low_cut_hz": 0.0}, "minimum_low_cut_hz"),
        ({"maximum_high_cut_hz": float("nan")}, "maximum_high_cut_hz"),
    ],
)
def test_bad_settings_are_errors(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MicrophoneConfig.model_validate(settings)
