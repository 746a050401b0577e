from __future__ import annotations

import pytest

from emotion_classifier.config.document import Document, KeyPath
from emotion_classifier.config.overrides import apply_overrides
from emotion_classifier.errors import ConfigError


def _document() -> Document:
    data: dict[str, object] = {"a": {"b": 1, "c": {"d": 2}}, "e": [{"f": 1}, 2], "g": None}
    origins: dict[KeyPath, str] = {
        (): "x.yml",
        ("a",): "x.yml:1",
        ("a", "c"): "x.yml:2",
        ("a", "c", "d"): "x.yml:3",
        ("e",): "x.yml:4",
        ("e", 0): "x.yml:5",
    }
    return Document(data, origins)


def _data(*overrides: str) -> dict[str, object]:
    return apply_overrides(_document(), overrides).data


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("a.b=2", "a", {"b": 2, "c": {"d": 2}}),
        ("a.b=1e-3", "a", {"b": 0.001, "c": {"d": 2}}),
        ("a.c={x: [1, no]}", "a", {"b": 1, "c": {"x": [1, "no"]}}),
        ("a.c.n.m=1", "a", {"b": 1, "c": {"d": 2, "n": {"m": 1}}}),
        ("a=", "a", None),
        ("e.0.f=7", "e", [{"f": 7}, 2]),
        ("e.1=7", "e", [{"f": 1}, 7]),
        ("e.2.f=7", "e", [{"f": 1}, 2, {"f": 7}]),
        ("g.h=1", "g", {"h": 1}),
        ("g.0.h=1", "g", [{"h": 1}]),
        ("new.0=a=b", "new", ["a=b"]),
        (" new = '01' ", "new", "01"),
    ],
)
def test_an_override_changes_its_key_and_nothing_else(
    override: str, key: str, value: object
) -> None:
    assert _data(override) == {**_document().data, key: value}


def test_the_last_override_wins_and_the_input_is_left_alone() -> None:
    document = _document()
    changed = apply_overrides(document, ["e.2=1", "e.3=2", "e.2=3"])
    assert changed.data["e"] == [{"f": 1}, 2, 3, 2]
    assert document == _document()


def test_what_an_override_writes_stands_in_the_override() -> None:
    changed = apply_overrides(_document(), ["a.c={d: 3}", "n.0.m=1"])
    assert changed.origin(("a", "c", "d")) == "override 'a.c={d: 3}'"
    assert changed.origin(("a", "b")) == "x.yml:1"
    assert changed.origin(("n", 0, "missing")) == "override 'n.0.m=1'"
    assert changed.origin(("e", 0, "f")) == "x.yml:5"


def test_a_section_that_an_override_only_enters_stays_in_the_file() -> None:
    changed = apply_overrides(_document(), ["a.c.d=3"])
    assert changed.origin(("a", "c", "missing")) == "x.yml:2"
    assert changed.origin(("a", "c", "d")) == "override 'a.c.d=3'"


def test_a_long_override_is_named_by_its_beginning() -> None:
    (origin,) = set(apply_overrides(Document({}, {}), [f"a={'x' * 100}"]).origins.values())
    assert origin.startswith("override 'a=xxx")
    assert len(origin) < 80


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("epochs", "not of the form key=value, for example"),
        ("=3", "not of the form key=value"),
        ("a..b=3", "not of the form key=value"),
        (".a=3", "not of the form key=value"),
        ("", "not of the form key=value"),
        ("e.3=1", "e has length 2, so '3' must be a position from 0 to 2 (2 appends)"),
        ("e.x=1", "'x' must be a position from 0 to 2"),
        ("e.-1=1", "'-1' must be a position from 0 to 2"),
        ("new.1.x=1", "new has length 0, so '1' must be a position from 0 to 0"),
        ("a.b.x=1", "a.b is the value 1, which has no key 'x'; set it as a whole: a.b=..."),
        ("a=[1", "not valid YAML"),
        ("a={b: 1, b: 2}", "'b' stands twice"),
        ("a=!!python/name:os.system x", "is not allowed"),
    ],
)
def test_a_malformed_override_is_named_with_the_rule(override: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _data(override)
    assert str(caught.value).startswith(f"override '{override}': ")
    assert problem in str(caught.value)
