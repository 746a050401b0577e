from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.audio.augmentation.signals import RATE, bursts, delay_samples, tone, white_noise

from emotion_classifier.audio.augmentation.filtering import (
    BAND_CENTRES_HZ,
    DrawnResponse,
    ImpulseResponseConfig,
    Microphone,
    MicrophoneConfig,
    Response,
    convolved,
    fast_length,
    reverberated,
    shape_spectrum,
)
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ConfigError

GENERATOR = np.random.default_rng(0)


@pytest.mark.parametrize("samples", [1, 100, 8192, 8193, 20_000])
@pytest.mark.parametrize(
    ("response", "start"),
    [(1, 0), (900, 0), (900, 80), (8192, 8191), (40_000, 0), (40_000, 9_000), (40_000, 39_999)],
)
def test_it_is_the_convolution(samples: int, response: int, start: int) -> None:
    clip = GENERATOR.standard_normal(samples).astype(np.float32)
    impulses = GENERATOR.standard_normal(response).astype(np.float32)
    whole = np.convolve(clip.astype(float), impulses.astype(float))
    expected = np.zeros(samples)
    expected[: len(whole) - start] = whole[start : start + samples]
    found = convolved(clip, impulses, start)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(whole).max() + 1e-9)


def test_silence_stays_exactly_silent() -> None:
    silence = np.zeros(20_000, np.float32)
    assert not convolved(silence, np.ones(9000, np.float32), 100).any()


HERTZ = np.array([100.0, 1000.0, 4000.0])
GAINS = np.array([0.5, 2.0, 0.1])


@pytest.mark.parametrize(
    ("hertz", "gain"), [(60.0, 0.5), (550.0, 1.25), (1000.0, 2.0), (2500.0, 1.05), (6000.0, 0.1)]
)
def test_a_tone_has_the_gain_of_its_frequency(hertz: float, gain: float) -> None:
    clip = tone(hertz)
    result = shape_spectrum(clip, RATE, HERTZ, GAINS)
    inside = slice(1600, -1600)
    np.testing.assert_allclose(result[inside], gain * clip[inside], atol=0.005)


@settings(deadline=None)
@given(total=st.integers(0, 3000))
def test_no_gain_changes_nothing_at_any_length(total: int) -> None:
    clip = white_noise()[:total]
    result = shape_spectrum(clip, RATE, HERTZ, np.ones(3))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, clip, atol=1e-6)


def test_nothing_is_delayed() -> None:
    assert delay_samples(shape_spectrum(bursts(), RATE, HERTZ, GAINS), bursts()) == 0


def test_the_end_of_a_clip_does_not_ring_into_its_start() -> None:
    clip = np.zeros(RATE, np.float32)
    clip[-800:] = white_noise(0.05)
    result = shape_spectrum(clip, RATE, np.array([200.0, 300.0]), np.array([0.0, 1.0]))
    assert np.abs(result[: RATE // 2]).max() < 1e-3


@pytest.mark.parametrize("minimum", [1, 2, 3, 7, 8, 9, 1023, 1025, 96_000, 100_001])
def test_fast_lengths_are_long_enough_and_hardly_longer(minimum: int) -> None:
    length = fast_length(minimum)
    assert minimum <= length <= 1.25 * minimum
    for factor in (2, 3, 5, 7):
        while length % factor == 0:
            length //= factor
    assert length == 1


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


RATE = 16_000
RESPONSE_GENERATOR = np.random.default_rng(0)
CLIP = (0.1 * RESPONSE_GENERATOR.standard_normal(RATE)).astype(np.float32)


def room(direct: int, length: int) -> Samples:
    """A decaying tail behind the direct sound, and a weak beginning before it."""
    tail = RESPONSE_GENERATOR.standard_normal(length) * np.exp(-np.arange(length) / (length / 5))
    response = np.concatenate([0.01 * RESPONSE_GENERATOR.standard_normal(direct), 0.2 * tail])
    response[direct] = 2.0
    return response.astype(np.float32)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))


def write(path: Path, response: Samples, rate: int = RATE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, response, rate, subtype="FLOAT")
    return path


def test_the_origin_is_the_strongest_sample() -> None:
    response = room(300, 2000)
    response[300] *= -1.0
    expected = np.convolve(CLIP.astype(float), response.astype(float))[300:][: len(CLIP)]
    np.testing.assert_allclose(reverberated(CLIP, response), expected, atol=2e-6)


def test_the_level_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "room.wav", room(80, 8000))
    reverberant = (
        ImpulseResponseConfig(path=path).build().apply(CLIP, RATE, DrawnResponse("room.wav"))
    )
    assert len(reverberant) == len(CLIP)
    assert np.std(reverberant) == pytest.approx(np.std(CLIP), rel=1e-3)


def test_there_is_no_delay(tmp_path: Path) -> None:
    path = write(tmp_path / "room.wav", room(500, 4000))
    reverberant = (
        ImpulseResponseConfig(path=path).build().apply(CLIP, RATE, DrawnResponse("room.wav"))
    )
    correlation = np.fft.irfft(np.fft.rfft(reverberant) * np.conj(np.fft.rfft(CLIP)))
    assert int(correlation.argmax()) == 0


def test_a_response_of_direct_sound_alone_changes_nothing(tmp_path: Path) -> None:
    response = np.zeros(400, np.float32)
    response[123] = -0.5
    path = write(tmp_path / "none.wav", response)
    reverberant = (
        ImpulseResponseConfig(path=path).build().apply(CLIP, RATE, DrawnResponse("none.wav"))
    )
    np.testing.assert_allclose(reverberant, -CLIP, atol=1e-6)


def test_an_echo_at_another_rate_comes_at_the_same_time(tmp_path: Path) -> None:
    response = np.zeros(48_000, np.float32)
    response[0], response[24_000] = 1.0, 0.8
    path = write(tmp_path / "echo.wav", response, 48_000)
    click = np.zeros(RATE, np.float32)
    click[1000] = 1.0
    reverberant = (
        ImpulseResponseConfig(path=path).build().apply(click, RATE, DrawnResponse("echo.wav"))
    )
    peaks = np.flatnonzero(np.abs(reverberant) > 0.5 * np.abs(reverberant).max())
    assert peaks[0] == 1000 and peaks[-1] == 9000


def test_silence_stays_silent(tmp_path: Path) -> None:
    path = write(tmp_path / "room.wav", room(80, 800))
    silence = np.zeros(RATE, np.float32)
    rooms = ImpulseResponseConfig(path=path).build()
    assert not rooms.apply(silence, RATE, DrawnResponse("room.wav")).any()


def test_every_response_of_a_folder_is_drawn(tmp_path: Path) -> None:
    names = {"a.wav", "deep/b.flac", "deep/c.wav"}
    for name in names:
        (tmp_path / "rooms" / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / "rooms" / name, room(0, 100) / 4, RATE)
    rooms = ImpulseResponseConfig(path=tmp_path / "rooms").build()
    generator = np.random.default_rng(0)
    assert {rooms.draw(RATE, RATE, generator).file for _ in range(100)} == names


def test_a_path_without_responses_is_an_error_in_build(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, finding in (("absent", "does not exist"), ("empty", "holds no audio files")):
        with pytest.raises(ConfigError, match=f"{name} {finding}: name a folder"):
            ImpulseResponseConfig(path=tmp_path / name).build()


def test_a_silent_response_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "still.wav", np.zeros(1000, np.float32))
    with pytest.raises(ConfigError, match=r"still\.wav: the recording is silent"):
        ImpulseResponseConfig(path=path).build().prepare(RATE)


def test_real_impulse_responses(shared_data: Path) -> None:
    rooms = ImpulseResponseConfig(path=shared_data / "rir").build()
    generator = np.random.default_rng(0)
    for _ in range(10):
        reverberant = rooms.apply(CLIP, RATE, rooms.draw(len(CLIP), RATE, generator))
        assert np.std(reverberant) == pytest.approx(np.std(CLIP), rel=1e-3)
