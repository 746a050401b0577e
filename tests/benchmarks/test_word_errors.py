from __future__ import annotations

import pytest
from benchmarks.word_errors import word_error_rate, word_errors, words_of
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.errors import EvaluationError

WORDS = st.lists(st.sampled_from("abc"), max_size=6)


@pytest.mark.parametrize(
    ("spoken", "recognised", "expected"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "a x c", 1),
        ("a b c", "a c", 1),
        ("a b c", "a b b c", 1),
        ("a b c", "b c d", 2),
        ("a b c", "", 3),
        ("", "a b", 2),
    ],
)
def test_it_counts_the_fewest_changes(spoken: str, recognised: str, expected: int) -> None:
    assert word_errors(spoken.split(), recognised.split()) == expected


@settings(max_examples=50, deadline=None)
@given(WORDS, WORDS, WORDS)
def test_it_is_a_distance(first: list[str], second: list[str], third: list[str]) -> None:
    direct = word_errors(first, third)
    assert direct == word_errors(third, first)
    assert (direct == 0) == (first == third)
    assert direct <= word_errors(first, second) + word_errors(second, third)
    assert abs(len(first) - len(third)) <= direct <= max(len(first), len(third))


def test_case_and_punctuation_do_not_count() -> None:
    assert words_of('"Don\'t", he SAID: it\u2019s 9!') == ["don't", "he", "said", "it's", "9"]
    assert word_error_rate([("Kids are talking.", "kids, are talking")]) == 0


def test_the_rate_is_over_all_spoken_words() -> None:
    assert word_error_rate([("a b c", "a b c"), ("d", "x y")]) == pytest.approx(2 / 4)


def test_silence_has_no_rate() -> None:
    with pytest.raises(EvaluationError, match="no word was spoken"):
        word_error_rate([("...", "a word")])
