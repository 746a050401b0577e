from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from pydantic import ValidationError
from tests.audio.augmentation.signals import (
    RATE,
    bursts,
    delay_samples,
    power_between,
    tone,
    white_noise,
)

from emotion_classifier.audio.augmentation import transmission as codec_module
from emotion_classifier.audio.augmentation.transmission import (
    Codec,
    CodecConfig,
    CodecName,
    Coding,
    Lost,
    PacketLoss,
    PacketLossConfig,
    TelephoneConfig,
    mu_law,
)
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ConfigError

NAMES: tuple[CodecName, ...] = get_args(CodecName)


def decoded(
    samples: Samples, name: CodecName, compression: float = 0.5, rate: int = RATE
) -> Samples:
    codec = CodecConfig(formats=(name,)).build()
    return codec.apply(samples, rate, Coding(name, None if name == "gsm" else compression))


def error_db(result: Samples, original: Samples) -> float:
    difference = np.square(result - original).sum() / np.square(original).sum()
    return float(10 * np.log10(difference))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("compression", [0.0, 0.9, 0.99])
def test_the_clip_stays_aligned_and_as_long(name: CodecName, compression: float) -> None:
    clip = bursts()
    result = decoded(clip, name, compression)
    assert result.shape == clip.shape
    assert result.dtype == np.float32
    assert abs(delay_samples(result, clip)) <= (2 if compression == 0.99 else 0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 48_000, 96_000])
def test_every_rate_is_resampled_to_one_of_the_codec(name: CodecName, rate: int) -> None:
    clip = tone(440.0, 0.5, rate)
    inside = slice(rate // 10, -rate // 10)
    assert -80 < error_db(decoded(clip, name, 0.2, rate)[inside], clip[inside]) < -10


@pytest.mark.parametrize("name", ["mp3", "vorbis", "opus"])
def test_stronger_compression_leaves_less(name: CodecName) -> None:
    clip = bursts() + 0.2 * tone(2300.0)
    errors = [error_db(decoded(clip, name, compression), clip) for compression in (0.0, 0.99)]
    assert errors[0] + 3 < errors[1]


def test_gsm_is_a_telephone() -> None:
    assert np.abs(decoded(tone(5000.0), "gsm")[1600:-1600]).max() < 0.01


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("total", [0, 1, 7, 200])
def test_very_short_clips(name: CodecName, total: int) -> None:
    assert decoded(tone(440.0)[:total], name).shape == (total,)


def test_all_codecs_and_the_range_of_compression_are_drawn() -> None:
    codec = Codec(("mp3", "gsm", "vorbis"), 0.4, 0.8)
    generator = np.random.default_rng(0)
    drawn = [codec.draw(100, RATE, generator) for _ in range(300)]
    assert {coding.name for coding in drawn} == {"mp3", "gsm", "vorbis"}
    assert all((coding.compression is None) == (coding.name == "gsm") for coding in drawn)
    levels = [coding.compression for coding in drawn if coding.compression is not None]
    assert min(levels) == pytest.approx(0.4, abs=0.02)
    assert max(levels) == pytest.approx(0.8, abs=0.02)


def test_a_codec_that_libsndfile_lacks_is_an_error_that_names_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lacking = codec_module._CODECS["mp3"]._replace(coding="MPEG_LAYER_IV")
    monkeypatch.setattr(codec_module, "_CODECS", {**codec_module._CODECS, "mp3": lacking})
    with pytest.raises(ConfigError, match="cannot encode mp3, only vorbis, opus, gsm: choose"):
        CodecConfig(formats=("gsm", "mp3")).build()
    CodecConfig(formats=("gsm",)).build()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"formats": ()}, "formats"),
        ({"formats": ("aac",)}, "'mp3', 'vorbis', 'opus' or 'gsm'"),
        ({"minimum_compression": 0.97}, r"minimum_compression .0\.97. is above"),
        ({"maximum_compression": 1.0}, "maximum_compression"),
        ({"maximum_compression": float("nan")}, "maximum_compression"),
    ],
)
def test_bad_settings_are_errors_for_codec(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CodecConfig.model_validate(settings)


def received(samples: Samples, rate: int = 16_000) -> Samples:
    return TelephoneConfig().build().apply(samples, rate, None)


@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
def test_only_the_band_of_a_telephone_is_left(rate: int) -> None:
    clip = white_noise(rate=rate)
    result = received(clip, rate)
    passed = power_between(result, 350.0, 3350.0, rate)
    assert passed == pytest.approx(power_between(clip, 350.0, 3350.0, rate), rel=0.02)
    # The companding adds noise at -38 dB within the 4 kHz of the line; above them, there is none.
    assert power_between(result, 3600.0, 4000.0, rate) < 1e-4 * passed
    assert power_between(result, 0.0, 180.0, rate) < 1e-4 * passed
    assert power_between(result, 4200.0, rate / 2, rate) < 1e-6 * passed


def test_a_rate_of_the_line_itself() -> None:
    clip = tone(1000.0, rate=8000)
    np.testing.assert_allclose(received(clip, 8000)[800:-800], clip[800:-800], atol=0.02)


@pytest.mark.parametrize("total", [0, 1, 7, 4001])
def test_length_and_silence_stay(total: int) -> None:
    result = received(np.zeros(total, np.float32), 22_050)
    np.testing.assert_array_equal(result, np.zeros(total, np.float32))
    assert result.dtype == np.float32


def test_nothing_is_delayed() -> None:
    assert delay_samples(received(bursts()), bursts()) == 0


def test_mu_law_is_finest_at_low_levels() -> None:
    samples = np.linspace(-1.0, 1.0, 100_001, dtype=np.float32)
    result = mu_law(samples)
    assert len(np.unique(np.abs(result))) == 128
    # Half a step of 1/127 on the compressed scale, whose slope is ln(256) (1 + 255 |x|) / 255.
    half_step = np.log(256) * (1 + 255 * np.abs(samples)) / 255 / 127 / 2
    assert (np.abs(result - samples) <= 1.03 * half_step).all()
    assert np.abs(result - samples).max() > 0.9 * half_step.max()


def test_mu_law_clips_above_full_scale() -> None:
    beyond = np.array([-3.0, 1.5, 0.0], np.float32)
    np.testing.assert_allclose(mu_law(beyond), [-1.0, 1.0, 0.0])


PACKETS = 50_000
ONES = np.ones(RATE, np.float32)


def lost_packets(augmentation: PacketLoss, seed: int = 0) -> np.ndarray:
    """(packet,) whether it was lost, of a very long clip."""
    drawn = augmentation.draw(PACKETS * 320, RATE, np.random.default_rng(seed))
    lost = np.zeros(PACKETS, bool)
    lost[list(drawn.packets)] = True
    return lost


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("burst", [1.0, 4.0])
def test_share_and_bursts_are_those_of_the_settings(share: float, burst: float) -> None:
    lost = lost_packets(PacketLoss(share, share, burst))
    assert lost.mean() == pytest.approx(share, rel=0.15)
    starts = np.count_nonzero(np.diff(np.concatenate([[False], lost]).astype(int)) == 1)
    assert lost.sum() / starts == pytest.approx(burst, rel=0.1)


def test_the_share_varies_within_its_range() -> None:
    shares = [lost_packets(PacketLoss(0.05, 0.3, 1.0), seed).mean() for seed in range(40)]
    assert 0.045 < min(shares) < 0.1
    assert 0.25 < max(shares) < 0.31


def test_no_loss() -> None:
    assert not lost_packets(PacketLoss(0.0, 0.0, 2.0)).any()


def test_lost_packets_are_zero_and_the_others_untouched() -> None:
    result = PacketLoss(0.0, 0.1, 1.0).apply(ONES, RATE, Lost((0, 3, 49)))
    expected = np.repeat(np.isin(np.arange(50), [0, 3, 49], invert=True), 320)
    np.testing.assert_array_equal(result, expected.astype(np.float32))
    assert ONES.all()


def test_the_last_packet_may_be_a_part() -> None:
    generator = np.random.default_rng(0)
    augmentation = PacketLoss(0.5, 0.5, 1.0)
    drawn = {packet for _ in range(50) for packet in augmentation.draw(321, RATE, generator)[0]}
    assert drawn == {0, 1}
    assert augmentation.apply(ONES[:321], RATE, Lost((1,))).tolist() == [1.0] * 320 + [0.0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"minimum_share": 0.2}, r"minimum_share .0\.2. is above maximum_share .0\.1."),
        ({"maximum_share": 0.6}, "maximum_share"),
        ({"minimum_share": -0.1}, "minimum_share"),
        ({"maximum_share": float("nan")}, "maximum_share"),
        ({"mean_burst_packets": 0.5}, "mean_burst_packets"),
        ({"mean_burst_packets": float("inf")}, "mean_burst_packets"),
    ],
)
def test_bad_settings_are_errors_for_packet_loss(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PacketLossConfig.model_validate(settings)
