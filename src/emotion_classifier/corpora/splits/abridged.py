"""Long lists in error messages."""

from __future__ import annotations

from collections.abc import Iterable


def abridged(items: Iterable[str], limit: int = 5) -> str:
    """The first `limit` of the items, and how many more there are.

    >>> abridged(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    listed = list(items)
    shown = ", ".join(listed[:limit])
    return shown if len(listed) <= limit else f"{shown} and {len(listed) - limit} more"
