"""A corpus from folders that are named by emotions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from emotion_classifier.corpora.readers.folders import FoldersConfig, read_folders
from emotion_classifier.errors import CorpusError

PATTERN = r"([a-z]+)_\d+"


def test_the_folder_is_the_emotion_and_the_pattern_finds_the_speaker(
    tree: Callable[..., Path],
) -> None:
    root = tree("Anger/anna_01.wav", "joy/bert_02.FLAC")
    config = FoldersConfig(path=root, name="mine", speaker_pattern=PATTERN)
    anna, bert = config.read().utterances
    assert (anna.id, anna.speaker, anna.emotion) == ("mine/Anger/anna_01", "anna", "angry")
    assert (bert.id, bert.speaker, bert.emotion) == ("mine/joy/bert_02", "bert", "happy")


def test_emotions_may_stand_below_speakers(tree: Callable[..., Path]) -> None:
    root = tree("anna/session_1/sad/x.wav", "bert/session_2/happy/x.wav")
    corpus = read_folders(root, speaker_pattern=r"^([^/]+)/")
    found = [(one.speaker, one.emotion) for one in corpus.utterances]
    assert found == [("anna", "sad"), ("bert", "happy")]


def test_without_a_pattern_every_clip_is_a_speaker_with_a_notice(
    tree: Callable[..., Path],
) -> None:
    corpus = read_folders(tree("sad/a.wav", "sad/b.wav"), speaker_pattern=None)
    assert [one.speaker for one in corpus.utterances] == ["sad/a", "sad/b"]
    assert [one.code for one in corpus.problems] == ["notice"]
    assert "the same voice may be in the training and the test part" in corpus.problems[0].message


def test_the_choice_of_speakers_must_be_made(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="speaker_pattern"):
        FoldersConfig.model_validate({"path": tmp_path})


@pytest.mark.parametrize(
    ("pattern", "message"), [("([a-z]+", "is no regular expression"), ("[a-z]+", "has no group")]
)
def test_a_pattern_without_a_speaker_is_refused(tmp_path: Path, pattern: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FoldersConfig(path=tmp_path, speaker_pattern=pattern)
    with pytest.raises(CorpusError, match=message):
        read_folders(tmp_path, speaker_pattern=pattern)


def test_links_may_not_give_a_recording_two_emotions(
    tree: Callable[..., Path], tmp_path: Path
) -> None:
    store = tree("1.wav", under="store")
    root = tree("sad/anna_1.wav", "angry/anna_2.wav")
    (root / "sad" / "anna_3.wav").symlink_to(root / "sad" / "anna_1.wav")
    (root / "angry" / "anna_4.wav").symlink_to(store / "1.wav")
    assert len(read_folders(root, speaker_pattern=PATTERN).utterances) == 3
    for link, target in (
        (root / "sad" / "anna_5.wav", root / "angry" / "anna_2.wav"),
        (root / "sad" / "anna_6.wav", store / "1.wav"),
        (root / "happy", root / "angry"),
    ):
        link.symlink_to(target)
        with pytest.raises(CorpusError, match="two labels by links") as caught:
            read_folders(root, speaker_pattern=PATTERN)
        assert str(link) in str(caught.value)
        link.unlink()


def test_unknown_folders_are_an_error_until_they_are_mapped(tree: Callable[..., Path]) -> None:
    root = tree("sad/a_1.wav", "mood7/a_2.wav", "mood7/a_3.wav")
    with pytest.raises(CorpusError, match=r"unknown emotions 'mood7' \(2 clips\)"):
        read_folders(root, speaker_pattern=PATTERN)
    corpus = read_folders(root, speaker_pattern=PATTERN, emotions={"mood7": "bored"})
    assert [one.emotion for one in corpus.utterances] == ["bored", "bored", "sad"]


def test_clips_with_no_or_two_emotions_or_no_speaker_are_problems(
    tree: Callable[..., Path],
) -> None:
    root = tree("sad/anna_1.wav", "loose_1.wav", "sad/angry/anna_2.wav", "sad/7.wav", "sad/c.flv")
    corpus = read_folders(root, speaker_pattern=PATTERN)
    assert [one.id for one in corpus.utterances] == ["folders/sad/anna_1"]
    assert [(one.path.name, one.code) for one in corpus.problems] == [
        ("loose_1.wav", "label"),
        ("7.wav", "speaker"),
        ("anna_2.wav", "label"),
        ("c.flv", "format"),
    ]
    assert "is in folders of angry and sad" in corpus.problems[2].message


def test_no_clip_that_can_be_used_is_an_error(tree: Callable[..., Path]) -> None:
    with pytest.raises(CorpusError, match=r"none of its 1 audio files.*angry/anna_01\.wav"):
        read_folders(tree("sad/7.wav"), speaker_pattern=PATTERN)
