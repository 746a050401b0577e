"""Text made safe to show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.rendering.text import visible


@given(st.text(st.characters()))
def test_what_comes_out_is_one_printable_line_that_utf_8_can_hold(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    shown.encode("utf-8")
    assert visible(shown) == shown


def test_letters_of_any_script_stay() -> None:
    assert visible("Zoë 愤怒 <b>") == "Zoë 愤怒 <b>"
    assert (
        visible("a\x1b[2J\n\tb\udcff") == "a\N{REPLACEMENT CHARACTER}[2J b\N{REPLACEMENT CHARACTER}"
    )
