"""Messages of validation errors: pydantic's, with the origin, the key and the nearest valid word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from emotion_classifier.config.document import Document, KeyPath, did_you_mean, dotted, excerpt
from emotion_classifier.config.schema import Schema

_MOST_LINES = 20
_SECTION = "Input should be a section (keys with values)"
_LIST = "Input should be a list"
_RULES = {
    "dict_type": _SECTION,
    "mapping_type": _SECTION,
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "none_required": "Input should be null",
}
"""Type of a pydantic error → its rule in words of YAML, where pydantic's are those of Python."""
_PYTHON_WORDS = {"Tuple": "List", "Set": "List", "Frozenset": "List", "Dictionary": "Section"}


@dataclass(frozen=True)
class ErrorLocation:
    """A key of the user's settings, with the schema that it violates.

    Parameters
    ----------
    path : the key as users write it, without the tags that pydantic adds for unions.
    option : schema of the value, or None for an unknown key.
    section : schema of the section with the key.
    kind_path : path of the ``kind`` that chose `section`, or None.
    """

    path: KeyPath
    option: Schema | None
    section: Schema
    kind_path: KeyPath | None = None


def message(root: type[BaseModel], document: Document, errors: Sequence[ErrorDetails]) -> str:
    """The errors in settings of class `root`, one a line; several stand under their number."""
    schema = Schema.of(root)
    by_path: dict[KeyPath, list[tuple[ErrorLocation, ErrorDetails]]] = {}
    for error in errors:
        # A list with wrong entries is also "too short" for pydantic, as a consequence.
        if error["type"] != "too_short" or not _has_error_below(error, errors):
            location = locate(schema, error["loc"])
            by_path.setdefault(location.path, []).append((location, error))
    lines = [_line(document, *item) for item in islice(by_path.items(), _MOST_LINES)]
    if len(by_path) == 1:
        return lines[0]
    lines += [f"and {len(by_path) - len(lines)} more"] if len(by_path) > len(lines) else []
    return "\n".join(
        [f"{len(by_path)} problems in the settings:", *(f"  {line}" for line in lines)]
    )


def locate(root: Schema, loc: Sequence[str | int]) -> ErrorLocation:
    """The location of a pydantic error.

    Below a union without kinds pydantic reports each alternative; the location is the union.
    """
    at = ErrorLocation((), root, root)
    for part in loc:
        option = at.option.without_null if at.option is not None else None
        if option is None or option.alternatives:
            return at
        if option.kinds:
            kind_path = (*at.path, option.discriminator)
            at = replace(at, option=option.kinds[str(part)], kind_path=kind_path)
        else:
            chosen = at.kind_path is not None and at.kind_path[:-1] == at.path
            at = ErrorLocation(
                path=(*at.path, part),
                option=option.below(part),
                section=option if option.options else at.section,
                kind_path=at.kind_path if chosen else None,
            )
    return at


def _line(
    document: Document, path: KeyPath, found: Sequence[tuple[ErrorLocation, ErrorDetails]]
) -> str:
    """Origin, key, rules, value and remedy; several rules are those of a union's alternatives."""
    location, error = found[0]
    value = error["input"]
    match error["type"] if len(found) == 1 else "union":
        case "union_tag_invalid" | "union_tag_not_found" if location.option is not None:
            text = _wrong_kind(location.option.without_null, error, path)
            path = (*path, location.option.without_null.discriminator)
        case "extra_forbidden":
            text = f"unknown key (value {excerpt(value)}){_unknown_key_remedy(document, location)}"
        case "missing":
            meaning = location.option.content.get("description") if location.option else ""
            text = f"{error['msg']}{f': {meaning}' if meaning else ''}".replace("\n", " ")
        case "value_error" | "assertion_error":
            text = str(error.get("ctx", {}).get("error", error["msg"]))
            if not isinstance(value, (dict, BaseModel)):  # whole sections are too long
                text = f"got {excerpt(value)}: {text}"
        case _:
            rules = dict.fromkeys(_rule(error) for _, error in found)
            text = f"got {excerpt(value)}: {' or '.join(rules)}"
            text += _remedy(location, error) or did_you_mean(value, _choices(found))
    key = f"{dotted(path)}: " if path else ""
    return f"{document.origin(path)}: {key}{text}"


def _rule(error: ErrorDetails) -> str:
    """What the value should be."""
    if error["type"] not in ("too_short", "too_long"):
        return _RULES.get(error["type"], error["msg"])
    first, _, rest = error["msg"].partition(" ")
    return f"{_PYTHON_WORDS.get(first, first)} {rest.replace(' after validation', '')}"


def _choices(found: Sequence[tuple[ErrorLocation, ErrorDetails]]) -> list[str]:
    """The choices of literals and enums, which pydantic lists in quotes."""
    expected = [str(error.get("ctx", {}).get("expected", "")) for _, error in found]
    return re.findall(r"'([^']*)'", " ".join(expected))


def _has_error_below(error: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    loc = error["loc"]
    return any(len(e["loc"]) > len(loc) and e["loc"][: len(loc)] == loc for e in errors)


def _wrong_kind(section: Schema, error: ErrorDetails, path: KeyPath) -> str:
    written = error["input"]
    choices = f"Input should be one of {', '.join(section.kinds)}"
    if error["type"] == "union_tag_not_found":
        fitting = [
            kind for kind, one in section.kinds.items() if written.keys() <= one.options.keys()
        ]
        example = {section.discriminator: (fitting or [""])[0], **written}
        remedy = f", such as {dotted(path)}={excerpt(example)}" if fitting and written else ""
        return f"Field required. {choices}{remedy}"
    kind = written[section.discriminator]
    return f"got {excerpt(kind)}: {choices}{did_you_mean(kind, section.kinds)}"


def _unknown_key_remedy(document: Document, location: ErrorLocation) -> str:
    names = list(location.section.options)
    remedy = f"{did_you_mean(location.path[-1], names) or '.'} Valid keys: {', '.join(names)}"
    kind_origin = document.origin(location.kind_path or ())
    if kind_origin.startswith("override '") and kind_origin != document.origin(location.path):
        # The options in the file are those of another kind: the usual cause is kind=... alone.
        *section, name = location.kind_path or ()
        kind = location.section.options[str(name)].content["const"]
        remedy += (
            f". To drop the options of the former {name}: {dotted(section)}={{{name}: {kind}}}"
        )
    return remedy


def _remedy(location: ErrorLocation, error: ErrorDetails) -> str:
    value, option = error["input"], location.option
    if value is None and option is not None and "default" in option.content:
        return "; remove the key to take its default"
    if error["type"] == "string_type" and isinstance(value, (bool, int, float)):
        return f"; quote it: '{excerpt(value)}'"
    if option is not None and isinstance(value, str) and value in option.without_null.kinds:
        return f"; write {{{option.without_null.discriminator}: {value}}}"
    return ""
