from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from pydantic import ValidationError
from tests.audio.augmentation.signals import RATE, bursts, delay_samples, tone

from emotion_classifier.audio.augmentation import transmission as codec_module
from emotion_classifier.audio.augmentation.transmission import (
    Codec,
    CodecConfig,
    CodecName,
    Coding,
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
def test_bad_settings_are_errors(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CodecConfig.model_validate(settings)
