"""Types and ranges of options in words, for messages and for the reference."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType
from typing import Any

from emotion_classifier.config.schema import OptionType
from emotion_classifier.config.yaml_text import inline

_WORDS = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    NoneType: "null",
    Any: "any value",
    object: "any value",
}


def type_in_words(option: OptionType) -> str:
    """What may be written, without the range.

    >>> from emotion_classifier.config.schema import OptionType
    >>> type_in_words(OptionType.of(tuple[int, ...] | None))
    'list of whole numbers, or null'
    """
    return _plain_words(option) + (", or null" if option.nullable else "")


def range_in_words(option: OptionType) -> str:
    """Bounds, lengths and choices; empty where there are none."""
    units = ("character", "characters") if option.core is str else ("entry", "entries")
    parts = [*_bounds(option.constraints), *_lengths(option.constraints, *units)]
    if option.choices:
        parts.append(", ".join(option.choices))
    if option.kinds:
        parts.append(f"{option.discriminator}: {', '.join(option.kinds)}")
    entries = [text for text in map(_entry_range, option.entries) if text]
    if entries:
        parts.append("each " + "; ".join(dict.fromkeys(entries)))
    if option.values is not None and (text := _entry_range(option.values)):
        parts.append(f"each value {text}")
    members = [text for member in option.members if (text := _member_range(member))]
    return ", ".join([*parts, *members])


def expected(option: OptionType) -> str:
    """Type and range in one phrase, as an error ends with it."""
    if option.choices:
        return f"one of {', '.join(option.choices)}{' or null' if option.nullable else ''}"
    limits = range_in_words(option)
    return f"{type_in_words(option)}{f' ({limits})' if limits else ''}"


def did_you_mean(written: object, names: Iterable[str]) -> str:
    """``; did you mean 'dropout'?``, or nothing where no name is near."""
    by_lower = {name.lower(): name for name in names}
    word = str(written).strip().lower().replace("-", "_")
    near = difflib.get_close_matches(word, by_lower, n=1)
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""


def _plain_words(option: OptionType) -> str:
    if option.kinds:
        return f"section with a {option.discriminator}"
    if option.section is not None:
        return "section"
    if option.choices:
        return "choice"
    if option.members:
        return " or ".join(", ".join(m.choices) or type_in_words(m) for m in option.members)
    if option.values is not None:
        return f"map of names to {type_in_words(option.values)}"
    if option.has_fixed_length and option.entries:
        return _fixed_list([type_in_words(entry) for entry in option.entries])
    if option.entries:
        return f"list of {_plural(type_in_words(option.entries[0]))}"
    return _WORDS.get(option.core) or str(getattr(option.core, "__name__", option.core))


def _fixed_list(words: list[str]) -> str:
    if len(set(words)) == 1:
        return f"list of {len(words)} {_plural(words[0])}"
    return f"list of {len(words)}: {', '.join(words)}"


def _plural(words: str) -> str:
    return re.sub(r"^(section|whole number|number|path|choice|list|map)\b", r"\1s", words)


def _entry_range(entry: OptionType) -> str:
    return f"one of {', '.join(entry.choices)}" if entry.choices else range_in_words(entry)


def _member_range(member: OptionType) -> str:
    return "" if member.choices else range_in_words(member)


def _bounds(constraints: Iterable[object]) -> Iterator[str]:
    names = ("ge", "gt", "le", "lt")
    found = {name: _stated(constraints, name) for name in names}
    if found["ge"] is not None and found["le"] is not None:
        yield f"{inline(found['ge'])} to {inline(found['le'])}"
    else:
        words = ("at least", "above", "at most", "below")
        yield from (
            f"{word} {inline(found[name])}"
            for name, word in zip(names, words, strict=True)
            if found[name] is not None
        )
    if (multiple := _stated(constraints, "multiple_of")) is not None:
        yield f"a multiple of {inline(multiple)}"
    if (pattern := _stated(constraints, "pattern")) is not None:
        yield f"matching {pattern}"


def _lengths(constraints: Iterable[object], one: str, many: str) -> Iterator[str]:
    shortest, longest = (_stated(constraints, name) for name in ("min_length", "max_length"))
    if shortest is not None and longest is not None:
        yield f"{shortest} to {longest} {many}"
    elif shortest:
        yield f"at least {shortest} {one if shortest == 1 else many}"
    elif longest is not None:
        yield f"at most {longest} {one if longest == 1 else many}"


def _stated(constraints: Iterable[object], name: str) -> object | None:
    """The last value that a constraint gives `name`, or None."""
    found = [getattr(item, name, None) for item in constraints]
    return next((value for value in reversed(found) if value is not None), None)
