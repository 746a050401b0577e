"""The licence that the folder of a checkpoint states."""

from __future__ import annotations

import re
from pathlib import Path

LICENCE_FILES = ("LICENSE*", "LICENCE*", "COPYING*")
MODEL_CARD = "README.md"

_HEADER = re.compile(r"\A---\n(.*?)\n---", re.DOTALL)
_ENTRY = re.compile(r"^licen[sc]e:\s*(\S.*?)\s*$", re.MULTILINE)


def stated_licence(folder: Path) -> str | None:
    """The first line of a licence file, else `license` in the header of ``README.md``, else None."""
    files = [file for pattern in LICENCE_FILES for file in sorted(folder.glob(pattern))]
    for text in map(_text, files):
        if name := licence_name(text):
            return name
    header = _HEADER.match(_text(folder / MODEL_CARD))
    entry = _ENTRY.search(header[1]) if header else None
    return entry[1].strip("\"'") if entry else None


def licence_name(text: str) -> str | None:
    """The first line of a licence's text that is not empty."""
    return next(filter(None, (line.strip(" #") for line in text.splitlines())), None)


def _text(file: Path) -> str:
    """Text of `file`, empty where it is no file or cannot be read."""
    try:
        return file.read_text("utf-8", errors="replace")
    except OSError:
        return ""
