from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field
from tests.config.conftest import ToyConfig

from emotion_classifier.config import CustomPart, StrictConfig, parse_config
from emotion_classifier.errors import ConfigError

_SOURCE = """
import collections.abc

class Network:
    def __init__(self, features, *, units=8):
        self.features, self.units = features, units

version = 3
"""


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "custom_part_example.py").write_text(_SOURCE, "utf-8")
    (tmp_path / "custom_part_broken.py").write_text("import no_such_library", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)


def _part(target: str, **options: object) -> CustomPart:
    return parse_config(CustomPart, {"kind": "custom", "target": target, "options": options})


def test_the_target_is_called_with_arguments_and_options() -> None:
    network = _part("custom_part_example:Network", units=3).build(40)
    assert (network.features, network.units) == (40, 3)


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("custom_part_exampel:Network", {}, "there is no module custom_part_exampel; install"),
        ("custom_part_example.x:Network", {}, "there is no module custom_part_example.x"),
        ("custom_part_example:Netwrok", {}, "custom_part_example has no Netwrok; did you mean 'Network'?"),
        ("custom_part_example:version", {}, "is a int, which cannot be called; name a class"),
        ("custom_part_example:Network", {"unit": 3}, "unexpected keyword argument 'unit'"),
        ("builtins:dict", {}, "'int' object is not iterable"),
    ],
)  # fmt: skip
def test_a_target_that_cannot_be_used_is_refused(
    target: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        _part(target, **options).build(40)
    assert str(caught.value).startswith(f"target {target}")
    assert message in str(caught.value)


def test_a_target_without_a_signature_is_called() -> None:
    part = CustomPart(target="builtins:dict", options={"a": 1})
    assert part.build() == {"a": 1}


def test_a_library_that_the_module_lacks_is_no_error_of_the_settings() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        _part("custom_part_broken:Network").build()


@pytest.mark.parametrize(
    "target", ["Network", "module:", ":Network", "a b:C", "module:Class.x", "1a:B"]
)
def test_a_target_is_a_module_and_a_name(target: str) -> None:
    with pytest.raises(ConfigError, match=r"target: got .*: String should match pattern"):
        _part(target)


def test_a_family_takes_custom_parts_in_its_union() -> None:
    class HolderConfig(StrictConfig):
        part: Annotated[ToyConfig | CustomPart, Field(discriminator="kind")] = ToyConfig()

    data = {"part": {"kind": "custom", "target": "custom_part_example:Network"}}
    part = parse_config(HolderConfig, data).part
    assert isinstance(part, CustomPart)
    assert part.build(2).features == 2
