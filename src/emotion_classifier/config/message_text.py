"""Values and names as messages show them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from pydantic_core import to_jsonable_python

_EXCERPT_CHARACTERS = 80


def inline(value: object) -> str:
    """A value as JSON on one line, which YAML reads as well.

    >>> inline({"kind": "cnn", "channels": (16, 32)})
    '{"kind": "cnn", "channels": [16, 32]}'
    """
    return json.dumps(to_jsonable_python(value, fallback=str), ensure_ascii=False)


def excerpt(value: object) -> str:
    """A value on one line of at most 80 characters."""
    text = inline(value)
    return text if len(text) <= _EXCERPT_CHARACTERS else text[: _EXCERPT_CHARACTERS - 1] + "…"


def did_you_mean(written: object, names: Iterable[str]) -> str:
    """``; did you mean 'dropout'?``, or nothing where no name is near."""
    import difflib  # here, so that settings without errors load faster

    by_lower = {name.lower(): name for name in names}
    word = str(written).strip().lower().replace("-", "_")
    near = difflib.get_close_matches(word, by_lower, n=1)
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""
