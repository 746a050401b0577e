"""Text from files and tables, made safe to show."""

from __future__ import annotations


def visible(text: str) -> str:
    """`text` on one line, with a mark in the place of each letter that cannot be shown.

    Control characters would steer a terminal; bytes that are no UTF-8 cannot be drawn.
    """
    line = " ".join(text.split())
    return "".join(letter if letter.isprintable() else _MARK for letter in line)


_MARK = "\N{REPLACEMENT CHARACTER}"
