"""Losses in transmission and storage: codecs, telephone lines, lost packets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.random import Generator
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.augmentation.filtering import shape_spectrum
from emotion_classifier.audio.io import can_encode, encode_and_decode
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ConfigError
from emotion_classifier.units import Hertz, Seconds, to_samples

CodecName = Literal["mp3", "vorbis", "opus", "gsm"]
# The limit is that of MP3 in libsndfile.
Compression = Annotated[float, Field(ge=0.0, le=0.99)]
LostShare = Annotated[float, Field(ge=0.0, le=0.5)]

_COMMON_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_LINE_RATE: Hertz = 8_000
_LINE_BAND_HZ = np.array([200.0, 300.0, 3_400.0, 3_600.0])
_LINE_BAND_GAINS = np.array([0.0, 1.0, 1.0, 0.0])
_MU = 255.0
_HIGHEST_CODE = 127  # 8 bits with sign; zero has its own code, so that silence stays silent
_EXPANDED: Samples = (
    np.expm1(np.arange(_HIGHEST_CODE + 1) / _HIGHEST_CODE * np.log1p(_MU)) / _MU
).astype(np.float32)
_PACKET_SECONDS: Seconds = 0.02  # in telephony over networks


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
    """Encodes and decodes the clip with one of the named codecs; alignment and duration stay."""

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
        return _as_long(resample(received, rate, sample_rate), len(samples))


class TelephoneConfig(AugmentationSettings):
    """A telephone line: 300 to 3400 Hz, 8 bits by µ-law."""

    kind: Literal["telephone"] = "telephone"

    def build(self) -> Telephone:
        return Telephone()


@dataclass(frozen=True)
class Telephone:
    """Band limit, µ-law and resampling to 8 kHz and back; peaks above full scale are clipped."""

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> None:
        """No parameters: all lines are the same."""

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: None) -> Samples:
        """The waveform (sample,) after the line."""
        sent = resample(samples, sample_rate, _LINE_RATE)
        line = mu_law(shape_spectrum(sent, _LINE_RATE, _LINE_BAND_HZ, _LINE_BAND_GAINS))
        return _as_long(resample(line, _LINE_RATE, sample_rate), len(samples))


def mu_law(samples: Samples) -> Samples:
    """The waveform (sample,) with 8 bits per sample, fine where it is quiet and coarse where loud.

    The continuous law; G.711 approximates it by straight lines.
    """
    compressed = np.log1p(_MU * np.minimum(np.abs(samples), 1.0)) / np.log1p(_MU)
    codes = np.rint(compressed * _HIGHEST_CODE).astype(np.intp)
    quantised: Samples = np.copysign(_EXPANDED[codes], samples)
    return quantised


class PacketLossConfig(AugmentationSettings):
    """Packets of 20 ms lost in bursts and replaced by silence."""

    kind: Literal["packet_loss"] = "packet_loss"
    minimum_share: LostShare = 0.01
    """Lowest expected share of lost packets."""
    maximum_share: LostShare = 0.1
    """Highest expected share of lost packets."""
    mean_burst_packets: Annotated[float, Field(ge=1.0, le=50.0)] = 2.0
    """Mean number of packets that are lost in a row."""

    def build(self) -> PacketLoss:
        return PacketLoss(self.minimum_share, self.maximum_share, self.mean_burst_packets)


class Lost(NamedTuple):
    """Indices of the lost packets."""

    packets: tuple[int, ...]


@dataclass(frozen=True)
class PacketLoss:
    """Silences the lost packets, drawn by a Markov chain of two states, lost and received.

    Parameters
    ----------
    minimum_share, maximum_share : expected, of lost packets; at most one half.
    mean_burst_packets : mean number of packets lost in a row.
    """

    minimum_share: float
    maximum_share: float
    mean_burst_packets: float

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> Lost:
        """The lost packets."""
        share = generator.uniform(self.minimum_share, self.maximum_share)
        stay_lost = 1.0 - 1.0 / self.mean_burst_packets
        become_lost = share / (1.0 - share) / self.mean_burst_packets
        chances = generator.random(-(-sample_count // to_samples(_PACKET_SECONDS, sample_rate)))
        lost: list[int] = []
        threshold = share  # the first packet has none before it
        for packet, chance in enumerate(chances.tolist()):
            if chance < threshold:
                lost.append(packet)
            threshold = stay_lost if chance < threshold else become_lost
        return Lost(tuple(lost))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Lost) -> Samples:
        """The waveform (sample,) with zeros where packets are lost."""
        result = samples.copy()
        size = to_samples(_PACKET_SECONDS, sample_rate)
        for packet in parameters.packets:
            result[packet * size : (packet + 1) * size] = 0.0
        return result


def _as_long(samples: Samples, length: int) -> Samples:
    """The waveform with exactly `length` samples: cut, or zeros added at its end."""
    return np.pad(samples[:length], (0, max(0, length - len(samples))))
