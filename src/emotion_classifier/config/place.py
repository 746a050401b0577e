"""Which key of the user's settings a pydantic error means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from emotion_classifier.config.document import KeyPath
from emotion_classifier.config.schema import OptionType


@dataclass(frozen=True)
class Place:
    """A key, and what the settings classes say of it.

    Parameters
    ----------
    path : the key as the user writes it, without the marks that pydantic adds for unions.
    option : type of what stands there, or None for a key that does not exist.
    holder : the settings class that the key belongs to.
    field : the option of `holder`, or None for an unknown key, a list entry or a map value.
    kind_path : path of the ``kind`` that chose `holder`, or None.
    """

    path: KeyPath
    option: OptionType | None
    holder: type[BaseModel]
    field: FieldInfo | None = None
    kind_path: KeyPath | None = None


def locate(root: type[BaseModel], loc: Sequence[str | int]) -> Place:
    """The place that the location `loc` of an error in `root` means.

    Below a union without kinds pydantic reports every alternative; the place is the union itself.
    """
    place = Place((), OptionType.of(root), root)
    for part in loc:
        option = place.option
        if option is None or option.members:
            return place
        place = _chosen(place, option, part) if option.kinds else _below(place, option, part)
    return place


def _chosen(place: Place, option: OptionType, kind: str | int) -> Place:
    """The same place, now known to be a section of the given kind."""
    chosen = option.kinds[str(kind)]
    kind_path = (*place.path, str(option.discriminator))
    return replace(place, option=OptionType.of(chosen), holder=chosen, kind_path=kind_path)


def _below(place: Place, option: OptionType, part: str | int) -> Place:
    path = (*place.path, part)
    if option.section is None:
        return replace(place, path=path, option=option.inside(part), field=None)
    same = option.section is place.holder
    return Place(
        path=path,
        option=option.inside(part),
        holder=option.section,
        field=option.section.model_fields.get(str(part)),
        kind_path=place.kind_path if same else None,
    )
