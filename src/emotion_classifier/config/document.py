"""Settings as plain data, and where each of them was written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """Plain data (maps with text keys, lists, scalars) before it is checked.

    Parameters
    ----------
    data : the settings.
    origins : key path → where it stands, such as ``configs/x.yml:12``. The empty path is always
        there.
    """

    data: dict[str, object]
    origins: dict[KeyPath, str]

    def origin(self, path: KeyPath) -> str:
        """Where a key stands; for one that is absent, where the part that lacks it stands."""
        while path not in self.origins:
            path = path[:-1]
        return self.origins[path]

    def value(self, path: KeyPath) -> object:
        """What is written under a key that is there."""
        value: Any = self.data
        for part in path:
            value = value[part]
        return value


def dotted(path: Iterable[str | int]) -> str:
    """A key path as users write it.

    >>> dotted(("corpora", 0, "path"))
    'corpora.0.path'
    """
    return ".".join(str(part) for part in path)
