"""Lossy compression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.random import Generator
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.io import can_encode, encode_and_decode
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ConfigError
from emotion_classifier.units import Hertz

CodecName = Literal["mp3", "vorbis", "opus", "gsm"]
# The limit is that of MP3 in libsndfile.
Compression = Annotated[float, Field(ge=0.0, le=0.99)]

_COMMON_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


class _Codec(NamedTuple):
    """Names in libsndfile, supported rates, whether the compression can be chosen."""

    container: str
    coding: str
    rates: tuple[Hertz, ...]
    has_levels: bool = True


_CODECS: Mapping[CodecName, _Codec] = {
    "mp3": _Codec("MP3", "MPEG_LAYER_III", _COMMON_RATES),
    "vorbis": _Codec("OGG", "VORBIS", _COMMON_RATES),
    "opus": _Codec("OGG", "OPUS", (8_000, 12_000, 16_000, 24_000, 48_000)),
    "gsm": _Codec("WAV", "GSM610", (8_000,), has_levels=False),
}


class CodecConfig(AugmentationSettings):
    """Compression by a lossy codec: MP3, Ogg Vorbis, Opus or GSM 6.10."""

    kind: Literal["codec"] = "codec"
    formats: Annotated[tuple[CodecName, ...], Field(min_length=1)] = ("mp3", "vorbis", "gsm")
    """Codecs to choose from; opus takes several times as long as the others."""
    minimum_compression: Compression = 0.5
    """Least compression, from 0 (the best quality of the codec) on; gsm has only one."""
    maximum_compression: Compression = 0.95
    """Strongest compression, up to 0.99."""

    def build(self) -> Codec:
        """The augmentation.

        Raises
        ------
        ConfigError
            The installed libsndfile cannot encode one of the formats.
        """
        available = [
            name for name, codec in _CODECS.items() if can_encode(codec.container, codec.coding)
        ]
        if missing := [name for name in self.formats if name not in available]:
            raise ConfigError(
                f"the installed libsndfile cannot encode {', '.join(missing)}, only "
                f"{', '.join(available) or 'none of the codecs'}: choose the augmentation codec's "
                "formats among those, or leave it out"
            )
        return Codec(self.formats, self.minimum_compression, self.maximum_compression)


class Coding(NamedTuple):
    """A codec and its compression, from 0 to 0.99; None where the codec has only one."""

    name: CodecName
    compression: float | None


@dataclass(frozen=True)
class Codec:
    """Encodes and decodes the clip; alignment and duration stay.

    Parameters
    ----------
    names : of the codecs to choose from.
    minimum_compression, maximum_compression : of the coding.
    """

    names: tuple[CodecName, ...]
    minimum_compression: float
    maximum_compression: float

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> Coding:
        """The codec and its compression."""
        name = self.names[int(generator.integers(len(self.names)))]
        compression = float(generator.uniform(self.minimum_compression, self.maximum_compression))
        return Coding(name, compression if _CODECS[name].has_levels else None)

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Coding) -> Samples:
        """The waveform (sample,) decoded again."""
        if len(samples) == 0:
            return samples.copy()
        container, coding, rates, _ = _CODECS[parameters.name]
        rate = min((rate for rate in rates if rate >= sample_rate), default=rates[-1])
        sent = resample(samples, sample_rate, rate)
        received = encode_and_decode(sent, rate, container, coding, parameters.compression)
        decoded = resample(received, rate, sample_rate)
        result = np.zeros_like(samples)
        count = min(len(samples), len(decoded))
        result[:count] = decoded[:count]
        return result
