from __future__ import annotations

from emotion_classifier.config.document import Document, KeyPath, dotted


def test_an_absent_key_stands_where_the_part_that_lacks_it_stands() -> None:
    origins: dict[KeyPath, str] = {(): "x.yml", ("a",): "x.yml:3", ("a", 0, "b"): "x.yml:5"}
    document = Document({}, origins)
    assert document.origin(("a", 0, "b")) == "x.yml:5"
    assert document.origin(("a", 0, "c", "d")) == "x.yml:3"
    assert document.origin(("z",)) == "x.yml"


def test_values_are_found_in_maps_and_lists() -> None:
    document = Document({"a": [{"b": 1}]}, {})
    assert document.value(("a", 0, "b")) == 1
    assert document.value(()) == {"a": [{"b": 1}]}


def test_a_path_is_written_with_dots() -> None:
    assert dotted(("corpora", 0, "path")) == "corpora.0.path"
    assert dotted(()) == ""
