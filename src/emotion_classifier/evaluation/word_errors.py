"""How many words a speech recogniser gets wrong.

The word error rate is the least number of words to replace, remove and add that turns what was
recognised into what was said, over the number of words that were said, summed over all utterances
before dividing. It is above one where more words are invented than were said. Case, punctuation and
blanks do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from emotion_classifier.errors import EvaluationError

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def words_of(text: str) -> list[str]:
    """Words of a text, without case and punctuation.

    >>> words_of("Kids ARE talking, by the door.")
    ['kids', 'are', 'talking', 'by', 'the', 'door']
    """
    return [word.replace("\u2019", "'") for word in _WORD.findall(text.casefold())]


def word_errors(said: Sequence[str], recognised: Sequence[str]) -> int:
    """Least number of words to replace, remove and add (Levenshtein).

    >>> word_errors("by the door".split(), "by a the floor".split())
    2
    """
    costs = list(range(len(recognised) + 1))  # of turning nothing into the first so many words
    for row, word in enumerate(said, start=1):
        diagonal, costs[0] = costs[0], row
        for column, other in enumerate(recognised, start=1):
            replaced = diagonal + (word != other)
            diagonal = costs[column]
            costs[column] = min(replaced, costs[column] + 1, costs[column - 1] + 1)
    return costs[-1]


def word_error_rate(utterances: Iterable[tuple[str, str]]) -> float:
    """Word error rate of texts that were said, each with what was recognised.

    Raises
    ------
    EvaluationError
        Nothing was said.
    """
    errors, total = 0, 0
    for said, recognised in utterances:
        words = words_of(said)
        errors += word_errors(words, words_of(recognised))
        total += len(words)
    if total == 0:
        raise EvaluationError("no word was said: a word error rate needs at least one")
    return errors / total
