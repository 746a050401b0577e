"""The type of an option, read from its annotation: what may stand below it and in it."""

from __future__ import annotations

import collections.abc
import types
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_LISTS = (list, tuple, set, frozenset, collections.abc.Sequence)
_MAPS = (dict, collections.abc.Mapping)


@dataclass(frozen=True)
class OptionType:
    """An annotation taken apart.

    Parameters
    ----------
    core : the annotation without ``Annotated`` and without None.
    constraints : bounds and lengths, as `annotated_types` and pydantic state them.
    discriminator : the key that tells the members of a union apart, or None.
    nullable : whether null is allowed.
    """

    core: Any
    constraints: tuple[object, ...] = ()
    discriminator: str | None = None
    nullable: bool = False

    @classmethod
    def of_field(cls, field: FieldInfo) -> OptionType:
        """The type of an option of a settings class."""
        return cls.of(field.annotation)._with(field)

    @classmethod
    def of(cls, annotation: Any) -> OptionType:
        """The type that an annotation states."""
        if get_origin(annotation) is Annotated:
            inner, *metadata = get_args(annotation)
            stated = cls.of(inner)
            for item in metadata:
                stated = stated._with(item)
            return stated
        members = _union(annotation)
        others = [member for member in members if member is not types.NoneType]
        if len(others) == len(members):
            return cls(annotation)
        stated = cls.of(Union[tuple(others)])  # noqa: UP007 - made at run time
        return cls(stated.core, stated.constraints, stated.discriminator, nullable=True)

    def _with(self, metadata: object) -> OptionType:
        """This type with what one item of an ``Annotated`` adds."""
        added = tuple(metadata.metadata) if isinstance(metadata, FieldInfo) else (metadata,)
        tag = metadata.discriminator if isinstance(metadata, FieldInfo) else None
        return OptionType(
            self.core,
            self.constraints + added,
            tag if isinstance(tag, str) else self.discriminator,
            self.nullable,
        )

    @property
    def section(self) -> type[BaseModel] | None:
        """The settings class whose options stand below, where it is a single one."""
        if self.discriminator is None and isinstance(self.core, type):
            return self.core if issubclass(self.core, BaseModel) else None
        return None

    @property
    def kinds(self) -> dict[str, type[BaseModel]]:
        """Value of the discriminator → settings class."""
        if self.discriminator is None:
            return {}
        return {
            name: member
            for member in _union(self.core)
            for name in OptionType.of_field(member.model_fields[self.discriminator]).choices
        }

    @property
    def members(self) -> tuple[OptionType, ...]:
        """The alternatives of a union without discriminator."""
        parts = _union(self.core)
        return tuple(map(OptionType.of, parts)) if len(parts) > 1 and not self.kinds else ()

    @property
    def choices(self) -> tuple[str, ...]:
        """The values of a ``Literal`` or an ``Enum``."""
        if get_origin(self.core) is Literal:
            return tuple(str(_value(item)) for item in get_args(self.core))
        if isinstance(self.core, type) and issubclass(self.core, Enum):
            return tuple(str(item.value) for item in self.core)
        return ()

    @property
    def entries(self) -> tuple[OptionType, ...]:
        """Types of a list's entries: one for a list of any length, else one for each position."""
        if not self._is(_LISTS):
            return ()
        return tuple(OptionType.of(part) for part in get_args(self.core) if part is not Ellipsis)

    @property
    def has_fixed_length(self) -> bool:
        """Whether it is a tuple with one type for each position."""
        return self._is((tuple,)) and Ellipsis not in get_args(self.core)

    @property
    def values(self) -> OptionType | None:
        """Type of the values of a map."""
        if not self._is(_MAPS):
            return None
        parts = get_args(self.core)
        return OptionType.of(parts[1] if parts else Any)

    def _is(self, kinds: tuple[type, ...]) -> bool:
        return (get_origin(self.core) or self.core) in kinds

    def inside(self, part: str | int) -> OptionType | None:
        """Type of the option, list entry or map value `part`, or None where there is none."""
        if self.section is not None:
            field = self.section.model_fields.get(str(part))
            return None if field is None else OptionType.of_field(field)
        if self.entries:
            position = int(part) if self.has_fixed_length else 0
            return self.entries[position] if position < len(self.entries) else None
        return self.values


def default_of(field: FieldInfo) -> object:
    """The default of an option that has one."""
    return field.get_default(call_default_factory=True, validated_data={})


def _union(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, or the annotation alone."""
    if get_origin(annotation) in (Union, types.UnionType):
        return get_args(annotation)
    return (annotation,)


def _value(item: object) -> object:
    return item.value if isinstance(item, Enum) else item
