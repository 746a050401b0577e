from __future__ import annotations

import pytest

from emotion_classifier.config.core_schema import CORE_SCHEMA, PREFIX


def _tag(word: str) -> str:
    """The tag of a plain word, found as YAML finds it: by first character, then by pattern."""
    for tag, pattern, first in CORE_SCHEMA:
        if (word[:1] or "") in first and pattern.match(word):
            return tag.removeprefix(PREFIX)
    return "str"


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("bool", ["true", "True", "FALSE"]),
        ("null", ["", "~", "null", "Null"]),
        ("int", ["0", "-7", "+7", "010", "0x1F", "0o17"]),
        ("float", ["1e-3", "1E5", ".5", "-1.", "2.5e+10", ".inf", "-.Inf", ".nan"]),
        ("str", ["yes", "no", "on", "off", "y", "tRUE", "1_000", "12:30", "2026-11-01"]),
        ("str", ["1e", "e5", "0x", "1.2.3", "-", ".", "inf", "nan", "--1", "=", "truely"]),
        ("merge", ["<<"]),
    ],
)
def test_words_have_the_tag_of_yaml_1_2(tag: str, words: list[str]) -> None:
    assert {word: _tag(word) for word in words} == dict.fromkeys(words, tag)
