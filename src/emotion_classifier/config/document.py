"""Settings as plain data before validation, the origin of each of them, and their text in messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pydantic_core import to_jsonable_python

from emotion_classifier.errors import ConfigError

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
    word = str(written)[:_EXCERPT_CHARACTERS].strip().lower().replace("-", "_")
    near = difflib.get_close_matches(word, by_lower, n=1)
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""


KeyPath: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """Plain data (maps with text keys, lists, scalars) and the origins of its keys.

    An origin is text such as ``configs/x.yml:12``; that of the empty path is always there.
    """

    data: dict[str, object]
    origins: dict[KeyPath, str]

    def origin(self, path: KeyPath) -> str:
        """Origin of a key; for a missing key, that of the section that lacks it."""
        while path not in self.origins:
            path = path[:-1]
        return self.origins[path]

    def updated(self, key: str, value: object, origin: str) -> Document:
        """A copy with `value` under a dotted `key`.

        A number in the key is a position in a list; the position just behind the end appends. Maps
        and lists that are missing are made.

        Raises
        ------
        ConfigError
            The key leads into a scalar or beyond the end of a list.
        """
        data, path = _with_value(self.data, key.split("."), value, (), origin)
        assert isinstance(data, dict)
        kept = {at: o for at, o in self.origins.items() if at[: len(path)] != path}
        made = {path[:end]: origin for end in range(1, len(path) + 1)}
        return Document(data, {**made, **kept})


def dotted(path: Iterable[str | int]) -> str:
    """A key path as users write it.

    >>> dotted(("corpora", 0, "path"))
    'corpora.0.path'
    """
    return ".".join(map(str, path))


def _with_value(
    held: object, keys: Sequence[str], value: object, at: KeyPath, origin: str
) -> tuple[object, KeyPath]:
    """A copy of `held` with `value` under `keys`, and the path of the value."""
    if not keys:
        return value, at
    key, rest = keys[0], keys[1:]
    if held is None:
        held = [] if key.isdecimal() else {}
    if isinstance(held, dict):
        entry, path = _with_value(held.get(key), rest, value, (*at, key), origin)
        return {**held, key: entry}, path
    if isinstance(held, (list, tuple)):
        index = _position(key, len(held), at, origin)
        before = held[index] if index < len(held) else None
        entry, path = _with_value(before, rest, value, (*at, index), origin)
        return [*held[:index], entry, *held[index + 1 :]], path
    raise ConfigError(
        f"{origin}: {dotted(at)} is the value {excerpt(held)}, which has no key {key!r}; "
        f"set it as a whole: {dotted(at)}=..."
    )


def _position(key: str, length: int, at: KeyPath, origin: str) -> int:
    if not key.isdecimal() or int(key) > length:
        raise ConfigError(
            f"{origin}: {dotted(at)} has length {length}, so {key!r} must be a position from 0 "
            f"to {length} ({length} appends)"
        )
    return int(key)
