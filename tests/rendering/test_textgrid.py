"""TextGrids, read back by praatio."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from praatio import textgrid

from emotion_classifier.rendering.spans import Span
from emotion_classifier.rendering.textgrid import to_textgrid

Read = dict[str, list[tuple[float, float, str]]]


def read_back(text: str, folder: Path, *, with_gaps: bool = False) -> Read:
    path = folder / "read.TextGrid"
    path.write_text(text, "utf-8")
    grid = textgrid.openTextgrid(str(path), with_gaps, reportingMode="error")
    return {
        tier.name: [(one.start, one.end, one.label) for one in tier.entries] for tier in grid.tiers
    }


def test_tiers_are_read_back_and_cover_all_time(tmp_path: Path) -> None:
    tiers = {
        "emotion": [Span(0.0, 1.5, "angry"), Span(1.5, 4.0, 'a "b"')],
        "speech": [Span(0.5, 1.0, "speech")],
        "empty": [],
    }
    text = to_textgrid(tiers, 4.25)
    assert read_back(text, tmp_path) == {
        "emotion": [(0.0, 1.5, "angry"), (1.5, 4.0, 'a "b"')],
        "speech": [(0.5, 1.0, "speech")],
        "empty": [],
    }
    everything = read_back(text, tmp_path, with_gaps=True)
    assert everything["empty"] == [(0.0, 4.25, "")]
    assert everything["speech"][-1] == (1.0, 4.25, "")


def test_text_stays_on_its_line() -> None:
    text = to_textgrid({"emotion\n2": [Span(0.0, 1.0, 'x"\n        xmin = 7')]}, 1.0)
    assert 'name = "emotion 2"' in text
    assert 'text = "x"" xmin = 7"' in text


def test_spans_that_reach_too_far_or_into_each_other_are_cut(tmp_path: Path) -> None:
    spans = [Span(0.0, 1.0000001, "a"), Span(1.0, 1.00000001, "b"), Span(0.9, 3.0, "c")]
    assert read_back(to_textgrid({"t": spans}, 2.0), tmp_path)["t"] == [
        (0.0, 1.0, "a"),
        (1.0, 2.0, "c"),
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0.0, 40.0), min_size=2, max_size=12, unique=True),
    st.floats(0.001, 40.0),
)
def test_intervals_always_follow_each_other_to_the_end(times: list[float], duration: float) -> None:
    ordered = sorted(times)
    spans = [Span(a, b, "x") for a, b in zip(ordered[::2], ordered[1::2], strict=False)]
    lines = to_textgrid({"t": spans}, duration).splitlines()
    interval = [line for line in lines if line.startswith(" " * 12)]
    starts = [float(line.split("=")[1]) for line in interval if "xmin" in line]
    ends = [float(line.split("=")[1]) for line in interval if "xmax" in line]
    assert starts == [0.0, *ends[:-1]]
    assert ends[-1] == pytest.approx(duration, abs=1e-6)
    assert all(start < end for start, end in zip(starts, ends, strict=True))
