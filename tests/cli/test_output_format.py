"""The rule by which an output has its format."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.cli.output_format import format_of, known_format
from emotion_classifier.errors import ConfigError

SUFFIXES = {".csv": "csv", ".txt": "table"}


def test_the_suffix_decides_in_any_case() -> None:
    assert format_of(Path("x.CSV"), SUFFIXES) == "csv"
    assert format_of(Path("x.2026.txt"), SUFFIXES) == "table"


@pytest.mark.parametrize("name", ["x.xls", "x", "x.csv.gz", ".csv"])
def test_another_suffix_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(ConfigError, match=r"--rows .*use \.csv, \.txt, or --format"):
        format_of(Path(name), SUFFIXES, option="--rows", remedy=", or --format")


def test_an_unknown_format_is_refused_with_a_guess() -> None:
    assert known_format("CSV", ["table", "csv"]) == "csv"
    with pytest.raises(
        ConfigError, match=r"unknown format 'cvs': use table, csv; did you mean csv"
    ):
        known_format("cvs", ["table", "csv"])
