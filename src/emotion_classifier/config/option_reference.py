"""Every option below a settings class, with type, default, range and meaning."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from emotion_classifier.config.message_text import range_in_words, type_in_words
from emotion_classifier.config.schema import OptionType, default_of
from emotion_classifier.config.yaml_text import inline


@dataclass(frozen=True)
class OptionRow:
    """One option.

    Parameters
    ----------
    key : dotted; ``N`` stands for a position in a list and ``NAME`` for a key of a map.
    kind : the kind of the section around it that has this option; empty where all have it.
        Kinds inside kinds are joined by ``/``.
    type : in words.
    default : as it would be written, or ``required``.
    range : bounds, lengths and choices in words; empty where there are none.
    description : the docstring of the option; of the settings class where the row is a kind.
    """

    key: str
    kind: str
    type: str
    default: str
    range: str
    description: str


def reference(cls: type[BaseModel]) -> list[OptionRow]:
    """A row for every option of `cls` and of all sections below it, in the order of the classes."""
    return list(_options(cls, "", "", skip=None))


def _options(cls: type[BaseModel], prefix: str, kind: str, skip: str | None) -> Iterator[OptionRow]:
    for name, field in cls.model_fields.items():
        if name == skip:
            continue
        option = OptionType.of_field(field)
        key = f"{prefix}{name}"
        yield OptionRow(
            key=key,
            kind=kind,
            type=type_in_words(option),
            default=_default(field),
            range=range_in_words(option),
            description=_sentence(field.description or (cls.__doc__ if _is_kind(field) else "")),
        )
        yield from _below(option, key, kind)


def _below(option: OptionType, key: str, kind: str) -> Iterator[OptionRow]:
    """The rows of the sections that stand in an option, in its entries or in its values."""
    if option.section is not None:
        yield from _options(option.section, f"{key}.", kind, skip=None)
    for name, member in option.kinds.items():
        inner = f"{kind}/{name}" if kind else name
        yield OptionRow(
            key=f"{key}.{option.discriminator}",
            kind=inner,
            type="kind",
            default="required",
            range=name,
            description=_sentence(member.__doc__),
        )
        yield from _options(member, f"{key}.", inner, skip=option.discriminator)
    for position, entry in enumerate(option.entries):
        yield from _below(entry, f"{key}.{position if option.has_fixed_length else 'N'}", kind)
    if option.values is not None:
        yield from _below(option.values, f"{key}.NAME", kind)
    for member_type in option.members:
        yield from _below(member_type, key, kind)


def _default(field: FieldInfo) -> str:
    return "required" if field.is_required() else inline(_written(default_of(field)))


def _written(value: object) -> object:
    """A default as a user would write it: of a section, only what differs from its own defaults."""
    if isinstance(value, BaseModel):
        return {
            name: _written(getattr(value, name))
            for name, field in type(value).model_fields.items()
            if field.is_required() or _is_kind(field) or getattr(value, name) != default_of(field)
        }
    if isinstance(value, (list, tuple)):
        return [_written(item) for item in value]
    if isinstance(value, dict):
        return {key: _written(item) for key, item in value.items()}
    return value


def _is_kind(field: FieldInfo) -> bool:
    """Whether an option has one possible value, which tells its settings class from others."""
    return len(OptionType.of_field(field).choices) == 1


def _sentence(docstring: str | None) -> str:
    """The first paragraph of a docstring on one line."""
    return " ".join(inspect.cleandoc(docstring or "").split("\n\n")[0].split())
