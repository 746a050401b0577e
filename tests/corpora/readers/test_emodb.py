"""EmoDB: German letters, ten speakers, ten sentences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_classifier.corpora.readers.emodb import read_emodb


def test_a_name_is_parsed(tree: Callable[..., Path]) -> None:
    (one,) = read_emodb(tree("wav/08a02Tb.wav")).utterances
    assert one.id == "emodb/08a02Tb"
    assert (one.speaker, one.sex, one.emotion) == ("08", "female", "sad")
    assert one.sentence == "Das will sie am Mittwoch abgeben"
    assert one.attributes == {"sentence_code": "a02", "version": "b"}
    assert one.speaker_attributes == {"age": "34"}


def test_every_letter_has_its_emotion(tree: Callable[..., Path]) -> None:
    corpus = read_emodb(tree(*(f"03a01{letter}a.wav" for letter in "WLEAFTN")))
    assert {one.path.stem[5]: one.emotion for one in corpus.utterances} == {
        "W": "angry",
        "L": "bored",
        "E": "disgust",
        "A": "fearful",
        "F": "happy",
        "T": "sad",
        "N": "neutral",
    }


@pytest.mark.parametrize("stem", ["04a01Fa", "03a03Fa", "03a01Xa", "03a01F1", "03a01fa"])
def test_wrong_names_are_problems(tree: Callable[..., Path], stem: str) -> None:
    corpus = read_emodb(tree("03a01Fa.wav", f"x/{stem}.wav"))
    assert [(one.path.stem, one.code) for one in corpus.problems] == [(stem, "name")]
