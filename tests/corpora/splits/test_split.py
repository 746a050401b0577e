from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.splits.split import merged
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError, StorageError

MakeUtterances = Callable[..., list[Utterance]]


@pytest.fixture
def utterances(make_utterances: MakeUtterances) -> list[Utterance]:
    return make_utterances(4, 1)


@pytest.fixture
def split(utterances: list[Utterance]) -> Split:
    parts = {"001": "train", "002": "validation", "003": "test"}
    return Split(
        {u.id: parts[u.speaker] for u in utterances if u.speaker in parts},  # type: ignore[misc]
        {u.id: 'said "no", twice' for u in utterances if u.speaker == "004"},
        leaks=("speaker a is in train (1) and test (2)",),
        notes=("two speakers are absent",),
    )


def test_saved_and_loaded_it_is_the_same(
    split: Split, utterances: list[Utterance], tmp_path: Path
) -> None:
    path = tmp_path / "new folder" / "split.csv"
    split.save(path, utterances)
    assert Split.load(path) == split


def test_the_file_shows_leaks_first_and_lists_speakers(
    split: Split, utterances: list[Utterance], tmp_path: Path
) -> None:
    split.save(tmp_path / "split.csv", utterances)
    lines = (tmp_path / "split.csv").read_text().splitlines()
    assert lines[0] == "utterance,part,reason,corpus,speaker,sex,emotion"
    assert lines[1] == ",,leak: speaker a is in train (1) and test (2),,,,"
    assert lines[3] == "invented/001_happy_x_0,train,,invented,001,male,happy"
    assert len(lines) == 3 + len(utterances)


def test_names_that_are_no_utf8_and_hold_separators_survive(
    utterances: list[Utterance], tmp_path: Path
) -> None:
    odd = [replace(utterances[0], id=name) for name in ("a/\udcff,", 'a/"b"\n', "a/ü")]
    split = Split(dict.fromkeys((u.id for u in odd), "train"))
    split.save(tmp_path / "split.csv", odd)
    assert Split.load(tmp_path / "split.csv") == split


def test_a_hand_written_file_needs_two_columns_only(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("\ufeffpart,utterance\r\ntrain,a/1\r\n,a/2\r\n", encoding="utf-8")
    split = Split.load(path)
    assert split == Split({"a/1": "train"}, {"a/2": "no part in mine.csv"})


def test_all_bad_rows_are_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("utterance,part\na,train\nb,dev\na,test\n")
    with pytest.raises(SplitError, match=r"2 bad rows \(line 3: part 'dev', line 4: a a second"):
        Split.load(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"\(none\)"),
        (b"file,split\nx,train\n", "file, split, but a split needs utterance and part"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a split needs|cannot read"),
    ],
)
def test_a_file_that_is_no_split_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "split.csv"
    path.write_bytes(content)
    with pytest.raises(SplitError, match=message):
        Split.load(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(SplitError, match="cannot read the split"):
            Split.load(path)


def test_a_folder_that_cannot_be_written_is_a_storage_error(
    split: Split, utterances: list[Utterance], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="choose another folder"):
        split.save(tmp_path / "file" / "split.csv", utterances)


def test_selection_keeps_the_order(split: Split, utterances: list[Utterance]) -> None:
    backwards = list(reversed(utterances))
    assert [u.speaker for u in split.select(backwards, "test")] == ["003"] * 3
    assert split.select(backwards, "train") == backwards[-3:]


def test_counts_are_the_rows_of_a_table(split: Split, utterances: list[Utterance]) -> None:
    anonymous = [replace(u, sex=None) if u.speaker == "003" else u for u in utterances]
    assert split.counts(anonymous, "sex") == {
        "female": {"train": 0, "validation": 3, "test": 0},
        "male": {"train": 3, "validation": 0, "test": 0},
        "unknown": {"train": 0, "validation": 0, "test": 3},
    }
    assert list(split.counts(utterances, "speaker")) == [f"invented/00{i}" for i in (1, 2, 3)]
    assert split.counts(utterances, "emotion")["sad"] == {"train": 1, "validation": 1, "test": 1}


def test_merged_splits_keep_everything(split: Split) -> None:
    other = Split({"b/1": "test"}, {"b/2": "why"}, ("leak",), ("note",))
    both = merged([split, other])
    assert both.parts == {**split.parts, "b/1": "test"}
    assert both.left_out == {**split.left_out, "b/2": "why"}
    assert both.leaks == (*split.leaks, "leak")
    assert both.notes == (*split.notes, "note")
