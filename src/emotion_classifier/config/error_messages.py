"""What is wrong with settings, in words for the one who wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from emotion_classifier.config.document import Document, dotted
from emotion_classifier.config.message_text import did_you_mean, expected
from emotion_classifier.config.place import Place, locate
from emotion_classifier.config.schema import OptionType
from emotion_classifier.config.yaml_text import excerpt, inline

# Errors of pydantic that the expected type and range explain in full; the words of the others
# are shown as well.
_EXPLAINED = frozenset(
    {
        "enum",
        "literal_error",
        "greater_than",
        "greater_than_equal",
        "less_than",
        "less_than_equal",
        "multiple_of",
        "int_from_float",
        "too_short",
        "too_long",
        "string_too_short",
        "string_too_long",
        "string_pattern_mismatch",
    }
)


def describe(root: type[BaseModel], document: Document, errors: Sequence[ErrorDetails]) -> str:
    """One message that names all `errors`: a line each, with place, key, value, rule and remedy."""
    # A list whose entries are wrong is then also "too short" for pydantic: that is no mistake more.
    told = [e for e in errors if e["type"] != "too_short" or not _has_error_below(e, errors)]
    lines = dict.fromkeys(_line(root, document, error) for error in told)
    return listed(list(lines))


def listed(lines: Sequence[str]) -> str:
    """The lines under a heading that counts them; one alone stands for itself."""
    if len(lines) == 1:
        return lines[0]
    return "\n".join([f"{len(lines)} problems in the settings:", *(f"  {line}" for line in lines)])


def _line(root: type[BaseModel], document: Document, error: ErrorDetails) -> str:
    place = locate(root, error["loc"])
    option = place.option
    match error["type"]:
        case kind if option is not None and option.members and kind != "value_error":
            text = _wrong_value(place, document.value(place.path), "union_type", "")
        case "extra_forbidden":
            text = _unknown(place, document, error["input"])
        case "missing":
            text = _missing(place)
        case "union_tag_invalid" | "union_tag_not_found":
            place, text = _wrong_kind(place, error["input"])
        case "value_error" | "assertion_error":
            text = _refused(error)
        case _:
            text = _wrong_value(place, error["input"], error["type"], error["msg"])
    key = dotted(place.path)
    return f"{document.origin(place.path)}: {key + ': ' if key else ''}{text}"


def _has_error_below(error: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    loc = error["loc"]
    return any(len(e["loc"]) > len(loc) and e["loc"][: len(loc)] == loc for e in errors)


def _unknown(place: Place, document: Document, value: object) -> str:
    names = list(place.holder.model_fields)
    hint = did_you_mean(place.path[-1], names) or "."
    text = f"unknown key (value {excerpt(value)}){hint} Valid keys: {', '.join(names)}"
    if place.kind_path is not None and _kind_was_overridden(place, document):
        # The options in the file are those of another kind: the usual cause is kind=... alone.
        *section, name = place.kind_path
        kind = OptionType.of_field(place.holder.model_fields[str(name)]).choices[0]
        text += f". To drop the options of the former {name}: {dotted(section)}={{{name}: {kind}}}"
    return text


def _kind_was_overridden(place: Place, document: Document) -> bool:
    """Whether an override chose the kind of the section, and something else wrote the key."""
    origin = document.origin(place.kind_path or ())
    return origin.startswith("override '") and origin != document.origin(place.path)


def _missing(place: Place) -> str:
    description = place.field.description if place.field is not None else None
    meaning = f" - {description}" if description else ""
    return f"missing; expected {_expected(place)}{meaning}"


def _wrong_kind(place: Place, value: object) -> tuple[Place, str]:
    option = place.option
    assert option is not None and option.discriminator is not None
    at = replace(place, path=(*place.path, option.discriminator))
    rule = f"expected one of {', '.join(option.kinds)}"
    if isinstance(value, dict) and option.discriminator in value:
        kind = value[option.discriminator]
        return at, f"got {excerpt(kind)}, {rule}{did_you_mean(kind, option.kinds)}"
    return at, f"missing; {rule}"


def _refused(error: ErrorDetails) -> str:
    """What a validator of a settings class says, with the value where it is not a whole section."""
    said = str(error.get("ctx", {}).get("error", error["msg"]))
    value = error["input"]
    return said if isinstance(value, (dict, BaseModel)) else f"got {excerpt(value)}: {said}"


def _wrong_value(place: Place, value: object, error_type: str, said: str) -> str:
    text = f"got {excerpt(value)}"
    if error_type not in _EXPLAINED and not error_type.endswith(("_type", "_parsing")):
        text += f" ({said[0].lower()}{said[1:]})"
    return f"{text}, expected {_expected(place)}{_remedy(place, value, error_type)}"


def _remedy(place: Place, value: object, error_type: str) -> str:
    option = place.option
    if value is None and place.field is not None and not place.field.is_required():
        return "; remove the key to take its default"
    if option is None:
        return ""
    if error_type == "string_type" and isinstance(value, (bool, int, float)):
        return f"; quote it: '{inline(value)}'"
    if isinstance(value, str) and value in option.kinds:
        return f"; write {{{option.discriminator}: {value}}}"
    members = option.members or (option,)
    return did_you_mean(value, [name for member in members for name in member.choices])


def _expected(place: Place) -> str:
    return "something else" if place.option is None else expected(place.option)
