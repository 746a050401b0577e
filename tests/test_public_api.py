"""The public interface is the one that docs/api.md describes."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import emotion_classifier

PAGE = (Path(__file__).resolve().parents[1] / "docs/api.md").read_text(encoding="utf-8")
EXAMPLES = "".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))


def test_the_page_describes_every_public_name_and_no_other() -> None:
    public = set(emotion_classifier.__all__)
    imported = re.findall(r"^from emotion_classifier import (.+)$", EXAMPLES, re.MULTILINE)
    named = set(re.findall(r"`([A-Z]\w+|[a-z_]+)(?:\([^`]*\))?`", PAGE))
    assert {name.strip() for names in imported for name in names.split(",")} <= public
    assert public <= named | {name.strip() for names in imported for name in names.split(",")}
    assert {name for name in named if name.endswith(("Event", "Error"))} <= public


@pytest.mark.parametrize("name", emotion_classifier.__all__)
def test_public_names_exist_and_have_docstrings(name: str) -> None:
    value = getattr(emotion_classifier, name)
    assert value.__name__ == name
    assert len(inspect.getdoc(value) or "") > 10


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        emotion_classifier.no_such_name  # noqa: B018
