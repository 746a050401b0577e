"""SAVEE: the speaker in the folder or in the name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_classifier.corpora.readers.savee import read_savee


@pytest.mark.parametrize("name", ["AudioData/DC/sa07.wav", "ALL/DC_sa07.wav"])
def test_both_layouts_give_one_utterance(tree: Callable[..., Path], name: str) -> None:
    (one,) = read_savee(tree(name)).utterances
    assert one.id == "savee/DC_sa07"
    assert (one.speaker, one.sex, one.emotion) == ("DC", "male", "sad")
    assert one.sentence is None
    assert one.attributes == {"number": "07"}


def test_every_emotion_has_its_letters(tree: Callable[..., Path]) -> None:
    codes = ("a", "d", "f", "h", "n", "sa", "su")
    corpus = read_savee(tree(*(f"KL/{code}01.wav" for code in codes)))
    assert {one.id.rpartition("_")[2][:-2]: one.emotion for one in corpus.utterances} == {
        "a": "angry",
        "d": "disgust",
        "f": "fearful",
        "h": "happy",
        "n": "neutral",
        "sa": "sad",
        "su": "surprised",
    }


@pytest.mark.parametrize("name", ["a01.wav", "XX/a01.wav", "DC_z01.wav", "DC/a1.wav", "DC_a41.wav"])
def test_wrong_names_are_problems(tree: Callable[..., Path], name: str) -> None:
    corpus = read_savee(tree("DC/a01.wav", name))
    assert len(corpus.utterances) == 1
    assert [(one.path.name, one.code) for one in corpus.problems] == [(Path(name).name, "name")]
