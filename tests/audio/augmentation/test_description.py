"""Descriptions of drawn parameters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from emotion_classifier.audio.augmentation.description import drawn_values, summary
from emotion_classifier.audio.augmentation.level import Gain


class Named(NamedTuple):
    snr_db: float
    file: Path


@dataclass(frozen=True)
class Fields:
    cut_hz: float


GAIN = Gain(-12.0, 6.0)


@pytest.mark.parametrize(
    ("parameters", "values"),
    [
        (Named(12.0, Path("a.wav")), {"snr_db": 12.0, "file": Path("a.wav")}),
        (Fields(300.0), {"cut_hz": 300.0}),
        (-3.5, {"db": -3.5}),
        (None, {}),
    ],
)
def test_every_value_has_a_name(parameters: object, values: dict[str, object]) -> None:
    assert drawn_values(GAIN, parameters) == values


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, ""),
        ({"db": -7.25}, "-7.25 dB"),
        ({"high_cut_hz": 6_173.9}, "high cut 6,174 Hz"),
        ({"file": Path("noise/rain.wav"), "seed": 7}, "file rain.wav"),
        ({"gains_db": (1.0, -2.5)}, "gains 1 -2.5 dB"),
        ({"packets": ()}, "packets none"),
        ({"packets": (1, 2, 3, 4)}, "packets 1 2 3 4"),
        ({"packets": (1, 2, 3, 4, 5)}, "packets 1 2 3 4 \N{HORIZONTAL ELLIPSIS} (5)"),
        ({"factor": 0.904, "compression": None}, "factor 0.904"),
    ],
)
def test_the_summary_has_values_with_units(values: dict[str, object], text: str) -> None:
    assert summary(values) == text
