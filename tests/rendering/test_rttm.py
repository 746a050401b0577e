"""RTTM lines, held to the ten fields of NIST's definition: its small readers are not installable."""

from __future__ import annotations

import re

from emotion_classifier.rendering.rttm import NamedStretch, to_rttm

LINE = re.compile(
    r"SPEAKER (?P<file>\S+) (?P<channel>\d+) (?P<start>\d+\.\d{3}) (?P<duration>\d+\.\d{3}) "
    r"<NA> <NA> (?P<name>\S+) (?P<confidence>[01]\.\d{3}) <NA>"
)


def test_each_line_has_ten_fields_in_order_of_time() -> None:
    stretches = [
        NamedStretch(2, 4000.5, 4002.0, "very angry", 0.5),
        NamedStretch(1, 0.0, 1.25, "sad", 1.0),
    ]
    lines = to_rttm(stretches, "my call").splitlines()
    found = [match.groupdict() for line in lines if (match := LINE.fullmatch(line))]
    assert found == [
        {
            "file": "my_call",
            "channel": "1",
            "start": "0.000",
            "duration": "1.250",
            "name": "sad",
            "confidence": "1.000",
        },
        {
            "file": "my_call",
            "channel": "2",
            "start": "4000.500",
            "duration": "1.500",
            "name": "very_angry",
            "confidence": "0.500",
        },
    ]


def test_no_name_moves_the_fields() -> None:
    (line,) = to_rttm([NamedStretch(1, 0.0, 1.0, "a\n b", 0.0)], " ").splitlines()
    assert line == "SPEAKER <NA> 1 0.000 1.000 <NA> <NA> a_b 0.000 <NA>"


def test_nothing_gives_an_empty_file() -> None:
    assert to_rttm([], "call") == ""
