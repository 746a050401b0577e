from __future__ import annotations

from emotion_classifier.config.document import Document, KeyPath, dotted


def test_the_origin_of_a_missing_key_is_that_of_its_section() -> None:
    origins: dict[KeyPath, str] = {(): "x.yml", ("a",): "x.yml:3", ("a", 0, "b"): "x.yml:5"}
    document = Document({}, origins)
    assert document.origin(("a", 0, "b")) == "x.yml:5"
    assert document.origin(("a", 0, "c", "d")) == "x.yml:3"
    assert document.origin(("z",)) == "x.yml"


def test_a_path_is_written_with_dots() -> None:
    assert dotted(("corpora", 0, "path")) == "corpora.0.path"
    assert dotted(()) == ""


def test_an_update_changes_its_key_and_no_other() -> None:
    document = Document({"a": {"b": 1, "c": 2}, "d": (1, 2)}, {(): "x.yml"})
    changed = document.updated("a.b", [3], "option").updated("d.1", 5, "option")
    assert changed.data == {"a": {"b": [3], "c": 2}, "d": [1, 5]}
    assert document.data == {"a": {"b": 1, "c": 2}, "d": (1, 2)}


def test_the_origin_of_an_update_covers_all_below_it() -> None:
    document = Document({"a": {"b": {"c": 1}}}, {(): "x.yml", ("a", "b", "c"): "x.yml:3"})
    changed = document.updated("a.b", {"d": 1}, "option")
    assert changed.origin(("a", "b", "c")) == "option"
    assert changed.origin(("e",)) == "x.yml"
