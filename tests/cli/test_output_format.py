"""The rule by which an output has its format."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Command

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


@pytest.mark.parametrize(
    "arguments",
    [
        ("listen", "--stdin", "-o", "events.csv"),
        ("listen", "--stdin", "--record", "sound.mp3"),
        ("corpus", "split", "-o", "split.xlsx"),
        ("corpus", "split", "-o", "-"),
        ("corpus", "stats", "--figure", "plots.pdf"),
        ("model", "card", "-o", "card.html"),
        ("predict", "x.wav", "-o", "rows.parquet"),
        ("timeline", "x.wav", "-o", "x.wav.pdf"),
        ("timeline", "x.wav", "--summary", "rows.xls"),
        ("timeline", "x.wav", "--segments", "rows"),
    ],
    ids=" ".join,
)
def test_every_command_refuses_another_suffix_before_it_writes(
    arguments: tuple[str, ...], emotion: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = emotion(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert f"{arguments[-2]} {arguments[-1]}".replace("-o ", "--output ") in ended.error
    assert ": use ." in ended.error
    assert not list(tmp_path.iterdir())


def test_a_dash_is_standard_output(emotion: Command) -> None:
    assert emotion("model", "card", "-o", "-").out == emotion("model", "card").out
