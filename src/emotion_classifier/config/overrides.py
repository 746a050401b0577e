"""Settings changed from the command line: ``training.epochs=20 corpora.0.path=data/ravdess``.

The value is YAML: ``a=null``, ``a=[1, 2]``, ``a={kind: cnn}``, ``a='"01"'`` for text that looks
like a number. Nothing behind the ``=`` is null. A number in the key is a position in a list; the
position just behind the end appends. Maps and lists that are absent are made.
"""

from __future__ import annotations

from collections.abc import Sequence

from emotion_classifier.config.document import Document, KeyPath, dotted
from emotion_classifier.config.yaml_file import parse_value
from emotion_classifier.config.yaml_text import excerpt
from emotion_classifier.errors import ConfigError


def apply_overrides(document: Document, overrides: Sequence[str]) -> Document:
    """The settings with `overrides` put in, one after the other; the last one wins.

    Raises
    ------
    ConfigError
        An override that is not ``key=value``, or leads into a value or beyond the end of a list.
    """
    for text in overrides:
        document = _changed(document, text)
    return document


def _changed(document: Document, text: str) -> Document:
    origin = f"override '{text if len(text) <= 60 else text[:59] + '…'}'"
    key, separator, written = text.partition("=")
    keys = [part.strip() for part in key.split(".")]
    if not separator or not all(keys):
        raise ConfigError(
            f"{origin}: not of the form key=value, for example training.epochs=20 or "
            "corpora.0.path=data/ravdess"
        )
    data, path = _placed(document.data, keys, parse_value(written, origin), (), origin)
    assert isinstance(data, dict)
    kept = {at: o for at, o in document.origins.items() if at[: len(path)] != path}
    made = {path[:end]: origin for end in range(1, len(path) + 1)}
    return Document(data, {**made, **kept})


def _placed(
    held: object, keys: Sequence[str], value: object, at: KeyPath, origin: str
) -> tuple[object, KeyPath]:
    """A copy of `held` with `value` under `keys`, and the path where that is."""
    if not keys:
        return value, at
    key, rest = keys[0], keys[1:]
    if held is None:
        held = [] if key.isdecimal() else {}
    if isinstance(held, dict):
        entry, path = _placed(held.get(key), rest, value, (*at, key), origin)
        return {**held, key: entry}, path
    if isinstance(held, list):
        index = _position(key, held, at, origin)
        before = held[index] if index < len(held) else None
        entry, path = _placed(before, rest, value, (*at, index), origin)
        return [*held[:index], entry, *held[index + 1 :]], path
    raise ConfigError(
        f"{origin}: {dotted(at)} is the value {excerpt(held)}, which has no key {key!r}; "
        f"set it as a whole: {dotted(at)}=..."
    )


def _position(key: str, held: list[object], at: KeyPath, origin: str) -> int:
    if not key.isdecimal() or int(key) > len(held):
        raise ConfigError(
            f"{origin}: {dotted(at)} has length {len(held)}, so {key!r} must be a position from 0 "
            f"to {len(held)} ({len(held)} appends)"
        )
    return int(key)
