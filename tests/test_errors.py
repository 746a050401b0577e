from __future__ import annotations

from emotion_classifier.errors import abridged


def test_a_short_list_is_whole_and_a_long_one_is_counted() -> None:
    assert abridged([]) == ""
    assert abridged(["a", "b"], limit=2) == "a, b"
    assert abridged((str(i) for i in range(9)), limit=2) == "0, 1 and 7 more"
