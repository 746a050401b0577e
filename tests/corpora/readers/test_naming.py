"""Corpora described by their file names: clips that are kept, reported and refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_classifier.corpora.corpus import Problem
from emotion_classifier.corpora.readers.naming import NamingRule, read_named_files
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import CorpusError

RULE = NamingRule("Letters", "speaker-emotion", "a/anna-happy.wav")


def describe(path: Path) -> Utterance | Problem:
    speaker, dash, emotion = path.stem.partition("-")
    if not dash:
        return RULE.problem(path)
    return Utterance(f"letters/{path.stem}", path, "letters", speaker, emotion)


def test_a_link_may_not_give_a_recording_two_emotions(tree: Callable[..., Path]) -> None:
    root = tree("anna-happy.wav")
    (root / "bert-happy.wav").symlink_to(root / "anna-happy.wav")
    assert len(read_named_files(root, "letters", RULE, describe).utterances) == 1
    (root / "anna-sad.wav").symlink_to(root / "anna-happy.wav")
    with pytest.raises(CorpusError, match=r"anna-sad\.wav \(sad\)"):
        read_named_files(root, "letters", RULE, describe)


def test_wrong_names_and_other_media_become_problems(tree: Callable[..., Path]) -> None:
    root = tree("x/anna-happy.wav", "odd.wav", "clip.mpg")
    corpus = read_named_files(root, "letters", RULE, describe)
    assert [one.id for one in corpus.utterances] == ["letters/anna-happy"]
    assert [(one.path.name, one.code) for one in corpus.problems] == [
        ("odd.wav", "name"),
        ("clip.mpg", "format"),
    ]
    assert "speaker-emotion, for example anna-happy.wav" in corpus.problems[0].message


def test_no_file_of_the_corpus_names_rule_example_and_remedy(tree: Callable[..., Path]) -> None:
    root = tree("b/odd.wav", "b/strange.wav")
    with pytest.raises(CorpusError, match="none of its 2 audio files belongs to Letters") as caught:
        read_named_files(root, "letters", RULE, describe)
    for part in (str(root), RULE.rule, RULE.example, str(Path("b/odd.wav")), "`folders`"):
        assert part in str(caught.value)
