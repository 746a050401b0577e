"""Text for terminals: control characters become visible escapes. The only owner of this rule.

File names, emotion names, model cards and messages of libraries may hold terminal escapes, line
breaks, marks that reverse the direction of text, and bytes that are not UTF-8 (lone surrogates).
"""

from __future__ import annotations

import re

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # all but tab and line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction of text
    "\u2028\u2029\ud800-\udfff]"
)


def escaped(text: str) -> str:
    r"""`text` with control characters as escapes; tabs and line feeds stay.

    >>> print(escaped("\x1b[31mred\r"))
    \x1b[31mred\r
    """
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)


def escaped_json(text: str) -> str:
    r"""JSON text with control characters in its strings as escapes of JSON.

    >>> print(escaped_json('"\x9b2J"'))
    "\u009b2J"
    """
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: str) -> str:
    r"""`text` on one line, with line feeds and tabs as escapes too.

    >>> print(one_line("a\nb"))
    a\nb
    """
    return escaped(text).replace("\n", r"\n").replace("\t", r"\t")


def message_lines(text: str) -> str:
    r"""A message whose lines after the first are indented; other line feeds become escapes.

    So a file name with a line feed cannot forge a message.

    >>> print(message_lines("2 problems:\n  first\nerror: forged"))
    2 problems:
      first\nerror: forged
    """
    return re.sub(r"\n(?! {2})", r"\\n", escaped(text)).replace("\t", r"\t")
