"""TESS: two speakers, seven emotions, one misnamed file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_classifier.corpora.readers.tess import read_tess


@pytest.mark.parametrize(
    ("code", "emotion"),
    [
        ("angry", "angry"),
        ("disgust", "disgust"),
        ("fear", "fearful"),
        ("happy", "happy"),
        ("neutral", "neutral"),
        ("ps", "surprised"),
        ("sad", "sad"),
    ],
)
def test_a_name_is_parsed(tree: Callable[..., Path], code: str, emotion: str) -> None:
    (one,) = read_tess(tree(f"YAF_folder/YAF_back_{code}.wav")).utterances
    assert one.id == f"tess/YAF_back_{code}"
    assert (one.speaker, one.sex, one.emotion) == ("YAF", "female", emotion)
    assert one.sentence == "Say the word back"
    assert one.speaker_attributes == {"age": "26"}


def test_the_misnamed_file_belongs_to_the_older_woman(tree: Callable[..., Path]) -> None:
    (one,) = read_tess(tree("OAF_neutral/OA_bite_neutral.wav")).utterances
    assert (one.id, one.speaker) == ("tess/OAF_bite_neutral", "OAF")


@pytest.mark.parametrize("stem", ["XAF_back_sad", "OAF_back_bored", "OAF_sad", "OAF_back_sad_2"])
def test_wrong_names_are_problems(tree: Callable[..., Path], stem: str) -> None:
    corpus = read_tess(tree("OAF_back_sad.wav", f"x/{stem}.wav"))
    assert [(one.path.stem, one.code) for one in corpus.problems] == [(stem, "name")]
