"""The contract of readers catches what it should."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from emotion_classifier.corpora.corpus import Corpus, Problem
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.testing.corpora import check_corpus, check_reader

A = Utterance("c/a", Path("a.wav"), "c", "anna", "sad", perceived={"sad": 0.75, "happy": 0.25})
B = dataclasses.replace(A, id="c/b", path=Path("b.wav"))
GOOD = Corpus("c", Path(), (A, B), (Problem(Path("x.wav"), "name", "odd"),))


def test_a_good_corpus_passes() -> None:
    assert check_reader(lambda: GOOD) is GOOD


@pytest.mark.parametrize(
    ("utterances", "message"),
    [
        ((), "must be a CorpusError"),
        ((A, A), "unique"),
        ((B, A), "sorted"),
        ((dataclasses.replace(A, corpus="d"),), "belongs to d"),
        ((dataclasses.replace(A, id="d/a"),), "begin with the corpus"),
        ((dataclasses.replace(A, id="c/a\\b"),), "forward slashes"),
        ((dataclasses.replace(A, id="c/a.FLAC"),), "suffix"),
        ((dataclasses.replace(A, speaker=""),), "speaker"),
        ((dataclasses.replace(A, emotion=""),), "emotion"),
        ((dataclasses.replace(A, sentence=""),), "None, not empty"),
        ((dataclasses.replace(A, perceived={"sad": 7.0}),), "sum to"),
    ],
)
def test_the_error_names_the_broken_rule(utterances: tuple[Utterance, ...], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_corpus(dataclasses.replace(GOOD, utterances=utterances))


def test_two_reads_must_agree() -> None:
    reads = iter((GOOD, dataclasses.replace(GOOD, utterances=(A,))))
    with pytest.raises(AssertionError, match="two reads"):
        check_reader(lambda: next(reads))


def test_problems_must_name_the_fault() -> None:
    with pytest.raises(AssertionError, match="a problem needs a code and a message"):
        check_corpus(dataclasses.replace(GOOD, problems=(Problem(Path("x"), "name", ""),)))
