"""The contract of corpus readers."""

from __future__ import annotations

import pickle
from collections.abc import Callable

from emotion_classifier.corpora.corpus import Corpus
from emotion_classifier.corpora.utterance import Utterance


def check_reader(read: Callable[[], Corpus]) -> Corpus:
    """The corpus that `read` returns, checked against the contract and read twice.

    Raises
    ------
    AssertionError
        A rule of the contract that is broken.
    """
    corpus = read()
    check_corpus(corpus)
    assert read() == corpus, "two reads of one corpus must agree"
    return corpus


def check_corpus(corpus: Corpus) -> None:
    """Check a corpus against the contract: ids, names, emotions, problems, pickling.

    Raises
    ------
    AssertionError
        A rule of the contract that is broken.
    """
    assert corpus.utterances, "a corpus without utterances must be a CorpusError"
    ids = [utterance.id for utterance in corpus.utterances]
    assert len(set(ids)) == len(ids), "ids must be unique"
    assert ids == sorted(ids), "utterances must be sorted by id"
    for utterance in corpus.utterances:
        _check_utterance(utterance, corpus.name)
    for problem in corpus.problems:
        assert problem.code and problem.message, (
            f"{problem.path}: a problem needs a code and a message"
        )
    assert pickle.loads(pickle.dumps(corpus)) == corpus, "a corpus must survive pickling"


def _check_utterance(utterance: Utterance, corpus: str) -> None:
    name = utterance.id
    assert utterance.corpus == corpus, f"{name}: belongs to {utterance.corpus}, not to {corpus}"
    assert name.startswith(f"{corpus}/"), f"{name}: an id must begin with the corpus {corpus}"
    assert "\\" not in name, f"{name}: an id must have forward slashes on every machine"
    assert not name.lower().endswith((".wav", ".flac", ".ogg", ".mp3")), f"{name}: has a suffix"
    assert utterance.speaker, f"{name}: must have a speaker"
    assert utterance.emotion, f"{name}: must have an emotion"
    assert utterance.sex in {"female", "male", None}, f"{name}: sex {utterance.sex!r}"
    for field in (utterance.intensity, utterance.sentence):
        assert field != "", f"{name}: an unknown value must be None, not empty"
    if utterance.perceived is not None:
        total = sum(utterance.perceived.values())
        assert abs(total - 1) < 1e-6, f"{name}: perceived shares sum to {total}, not to one"
