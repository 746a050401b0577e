from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.config.schema import OptionType, default_of


class AConfig(StrictConfig):
    kind: Literal["a"] = "a"
    size: Annotated[int, Field(ge=1)] = 2


class BConfig(StrictConfig):
    kind: Literal["b", "beta"] = "b"
    names: list[str] = Field(default_factory=lambda: ["x"])


class Colour(Enum):
    RED = "red"


Family = Annotated[AConfig | BConfig, Field(discriminator="kind")]


@pytest.mark.parametrize("annotation", [Family | None, Annotated[Family, "note"], Family])
def test_kinds_of_a_family(annotation: Any) -> None:
    option = OptionType.of(annotation)
    kinds: dict[str, type[BaseModel]] = {"a": AConfig, "b": BConfig, "beta": BConfig}
    assert option.kinds == kinds
    assert option.section is None
    assert option.members == ()


def test_a_family_of_one_is_a_family() -> None:
    class HolderConfig(StrictConfig):
        one: Annotated[AConfig, Field(discriminator="kind")] = AConfig()

    option = OptionType.of_field(HolderConfig.model_fields["one"])
    assert option.kinds == {"a": AConfig}
    assert option.section is None


def test_nothing_may_stand_in_a_nullable_option() -> None:
    assert OptionType.of(int | None).nullable
    assert OptionType.of(int | None).core is int
    assert OptionType.of(Annotated[AConfig | BConfig | None, Field(discriminator="kind")]).nullable
    assert not OptionType.of(int).nullable


def test_constraints_are_found_inside_and_outside() -> None:
    inside = OptionType.of(Annotated[float, Field(ge=0, lt=1)] | None)
    outside = OptionType.of_field(AConfig.model_fields["size"])
    assert [_bounds(c) for c in inside.constraints] == [{"ge": 0}, {"lt": 1}]
    assert [_bounds(c) for c in outside.constraints] == [{"ge": 1}]


def _bounds(constraint: object) -> dict[str, object]:
    names = ("ge", "gt", "le", "lt")
    return {name: getattr(constraint, name) for name in names if hasattr(constraint, name)}


def test_entries_of_lists() -> None:
    assert [e.core for e in OptionType.of(tuple[int, ...]).entries] == [int]
    assert [e.core for e in OptionType.of(Sequence[str]).entries] == [str]
    assert [e.core for e in OptionType.of(tuple[int, str]).entries] == [int, str]
    assert OptionType.of(tuple[int, str]).has_fixed_length
    assert not OptionType.of(tuple[int, ...]).has_fixed_length
    assert OptionType.of(str).entries == ()


def test_values_of_maps() -> None:
    for annotation in (dict[str, float], Mapping[str, float]):
        values = OptionType.of(annotation).values
        assert values is not None
        assert values.core is float
    assert OptionType.of(Path).values is None


def test_choices() -> None:
    assert OptionType.of(Literal["x", 3] | None).choices == ("x", "3")
    assert OptionType.of(Colour).choices == ("red",)
    assert OptionType.of(int).choices == ()


def test_members_of_a_union_without_kinds() -> None:
    assert [m.core for m in OptionType.of(int | str | None).members] == [int, str]
    assert OptionType.of(int | None).members == ()


def test_what_stands_inside() -> None:
    def inside(annotation: Any, part: str | int) -> Any:
        option = OptionType.of(annotation).inside(part)
        return None if option is None else option.core

    assert inside(AConfig, "size") is int
    assert inside(AConfig, "sise") is None
    assert inside(tuple[int, str], 1) is str
    assert inside(tuple[int, str], 2) is None
    assert inside(tuple[int, ...], 9) is int
    assert inside(dict[str, float], "any") is float
    assert inside(int, "x") is None


def test_defaults_come_from_values_and_factories() -> None:
    assert default_of(AConfig.model_fields["size"]) == 2
    assert default_of(BConfig.model_fields["names"]) == ["x"]
