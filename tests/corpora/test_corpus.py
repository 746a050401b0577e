"""Order, duplicates and ids of a corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.corpora.corpus import Problem, assemble, without_suffix
from emotion_classifier.corpora.utterance import Utterance


def utterance(name: str, path: str) -> Utterance:
    return Utterance(f"c/{name}", Path(path), "c", "s", "happy")


def test_utterances_are_sorted_and_problems_kept() -> None:
    problem = Problem(Path("x.wav"), "name", "odd")
    corpus = assemble("c", Path(), [utterance("b", "b.wav"), utterance("a", "a.wav")], [problem])
    assert [one.id for one in corpus.utterances] == ["c/a", "c/b"]
    assert corpus.problems == (problem,)


def test_the_first_path_is_kept_of_several_files_with_one_id() -> None:
    copies = [utterance("a", path) for path in ("z/a.wav", "b/a.wav", "b/a.flac")]
    corpus = assemble("c", Path(), copies, [])
    assert [one.path for one in corpus.utterances] == [Path("b/a.flac")]
    assert [(one.path, one.code) for one in corpus.problems] == [
        (Path("b/a.wav"), "duplicate"),
        (Path("z/a.wav"), "duplicate"),
    ]
    assert all(str(Path("b/a.flac")) in one.message for one in corpus.problems)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.wav", "a"),
        ("a/b.c.FLAC", "a/b.c"),
        ("a.b", "a.b"),
        ("wav", "wav"),
        ("a.wav/b", "a.wav/b"),
        ("x.wav.mp3", "x.wav"),
    ],
)
def test_only_the_suffix_of_an_audio_format_is_removed(name: str, stem: str) -> None:
    assert without_suffix(name) == stem
