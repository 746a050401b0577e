"""Lost packets of a transmission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from numpy.random import Generator
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz, Seconds, to_samples

PACKET_SECONDS: Seconds = 0.02
"""Duration of a packet in telephony over networks."""

LostShare = Annotated[float, Field(ge=0.0, le=0.5)]


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
        """The augmentation."""
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
        chances = generator.random(-(-sample_count // _packet_samples(sample_rate)))
        lost: list[int] = []
        threshold = share  # the first packet has none before it
        for packet, chance in enumerate(chances.tolist()):
            if chance < threshold:
                lost.append(packet)
                threshold = stay_lost
            else:
                threshold = become_lost
        return Lost(tuple(lost))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Lost) -> Samples:
        """The waveform (sample,) with zeros where packets are lost."""
        result = samples.copy()
        size = _packet_samples(sample_rate)
        for packet in parameters.packets:
            result[packet * size : (packet + 1) * size] = 0.0
        return result


def _packet_samples(sample_rate: Hertz) -> int:
    return to_samples(PACKET_SECONDS, sample_rate)
