from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from emotion_classifier.corpora.splits import Part, Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import SplitError
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.tuning.inner_folds import inner_folds

EMOTIONS = ("happy", "sad")


def utterance(corpus: str, speaker: str, emotion: str) -> Utterance:
    name = f"{corpus}/{speaker}-{emotion}"
    return Utterance(name, Path(f"{name}.wav"), corpus, speaker, emotion)


def make_data(speakers: dict[str, str], sad: str = "abcdefghxy") -> RunData:
    """A happy clip of each speaker and a sad one of some; corpus → its speakers, a letter each."""
    utterances = tuple(
        utterance(corpus, speaker, emotion)
        for corpus, names in speakers.items()
        for speaker in names
        for emotion in EMOTIONS
        if emotion == "happy" or speaker in sad
    )
    clips: dict[str, Any] = {u.id: SimpleNamespace(content_hash=u.id) for u in utterances}
    return RunData(LabelSet(EMOTIONS), utterances, clips, (), (), {}, {})


def make_split(data: RunData, train: str, validation: str, test: str) -> Split:
    """The split with these speakers in its parts."""
    part_of: dict[str, Part] = {
        **dict.fromkeys(train, "train"),
        **dict.fromkeys(validation, "validation"),
        **dict.fromkeys(test, "test"),
    }
    return Split({u.id: part_of[u.speaker] for u in data.utterances})


def speakers(data: RunData, split: Split, part: Part) -> set[str]:
    return {u.speaker for u in data.part(split, part)}


def test_no_fold_has_a_clip_of_the_test_part() -> None:
    data = make_data({"one": "abcdefgh"})
    split = make_split(data, "abcd", "e", "fgh")
    folds = inner_folds(data, split, 2, seed=0)
    for fold in folds:
        assert not data.part(fold, "test")
        assert speakers(data, fold, "train") | speakers(data, fold, "validation") == set("abcde")
        assert not speakers(data, fold, "train") & speakers(data, fold, "validation")
    first, second = (speakers(data, fold, "validation") for fold in folds)
    assert first | second == set("abcde") and not first & second


def test_a_corpus_without_a_validation_part_trains_in_every_fold() -> None:
    data = make_data({"one": "abcd", "two": "xy"})
    split = make_split(data, "axy", "bc", "d")
    for fold in inner_folds(data, split, 3, seed=0):
        assert {"x", "y"} < speakers(data, fold, "train")
        assert len(speakers(data, fold, "validation")) == 1


def test_more_folds_than_speakers_are_refused() -> None:
    data = make_data({"one": "abcd"})
    with pytest.raises(SplitError, match=r"3 speakers .* cannot fill 4 inner folds"):
        inner_folds(data, make_split(data, "ab", "c", "d"), 4, seed=0)


def test_an_emotion_of_a_single_speaker_is_refused() -> None:
    data = make_data({"one": "abcd"}, sad="bd")
    with pytest.raises(SplitError, match="sad would be validated"):
        inner_folds(data, make_split(data, "ab", "c", "d"), 3, seed=0)
