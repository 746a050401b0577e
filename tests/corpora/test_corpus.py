"""Order, duplicates and ids of a corpus."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from emotion_classifier.corpora.corpus import Problem, assemble, without_suffix
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import CorpusError


def utterance(name: str, path: str) -> Utterance:
    return Utterance(f"c/{name}", Path(path), "c", "s", "happy")


def test_utterances_are_sorted_and_problems_kept() -> None:
    problem = Problem(Path("x.wav"), "name", "odd")
    corpus = assemble("c", Path(), [utterance("b", "b.wav"), utterance("a", "a.wav")], [problem])
    assert [one.id for one in corpus.utterances] == ["c/a", "c/b"]
    assert corpus.problems == (problem,)


def test_the_first_path_is_kept_of_several_files_with_one_id() -> None:
    copies = [utterance("a", path) for path in ("z/a.wav", "b/a.wav", "y/a.wav")]
    corpus = assemble("c", Path(), copies, [])
    assert corpus.name == "c"
    assert [one.path for one in corpus.utterances] == [Path("b/a.wav")]
    assert [(one.path, one.code) for one in corpus.problems] == [
        (Path("y/a.wav"), "duplicate"),
        (Path("z/a.wav"), "duplicate"),
    ]
    assert all(str(Path("b/a.wav")) in one.message for one in corpus.problems)


def test_lossless_copies_are_preferred_and_copies_in_other_formats_counted() -> None:
    copies = [utterance(name, f"{name}.{s}") for name in "ab" for s in ("m4a", "mp3", "wav")]
    corpus = assemble("c", Path("root"), copies, [])
    assert [one.path for one in corpus.utterances] == [Path("a.wav"), Path("b.wav")]
    assert [(one.path, one.code, one.message) for one in corpus.problems] == [
        (Path("root"), "notice", f"2 recordings are there as .wav and as {s}: .wav is used")
        for s in (".m4a", ".mp3")
    ]


@pytest.mark.parametrize(("emotion", "speaker"), [("sad", "s"), ("happy", "t")])
@pytest.mark.parametrize("path", ["x/a.wav", "a.flac", "a.wav"])
def test_a_recording_with_two_labels_is_an_error(path: str, emotion: str, speaker: str) -> None:
    first = utterance("a", "a.wav")
    second = dataclasses.replace(utterance("a", path), emotion=emotion, speaker=speaker)
    with pytest.raises(CorpusError, match="two labels") as caught:
        assemble("c", Path(), [first, second], [])
    for text in (path, "a.wav is happy of speaker s", f"is {emotion} of speaker {speaker}"):
        assert text in str(caught.value)


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
