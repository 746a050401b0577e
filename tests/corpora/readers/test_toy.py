"""The toy corpus: made once, the same for one recipe, never at the cost of other files."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import read_audio
from emotion_classifier.corpora.readers.toy import ToyConfig, ToyRecipe, read_toy
from emotion_classifier.errors import CorpusError, StorageError

RECIPE = ToyRecipe(speakers=2, clips_per_emotion=2, emotions=("happy", "sad"), seed=3)


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.iterdir()}


def test_speakers_emotions_and_takes(tmp_path: Path) -> None:
    root = tmp_path / "new" / "toy"
    config = ToyConfig(path=root, speakers=4, clips_per_emotion=3, emotions=("sad", "angry"))
    corpus = config.read()
    assert len(corpus.utterances) == 24
    assert Counter(one.speaker for one in corpus.utterances) == {f"0{n}": 6 for n in range(1, 5)}
    assert Counter(one.sex for one in corpus.utterances) == {"female": 12, "male": 12}
    assert Counter(one.emotion for one in corpus.utterances) == {"sad": 12, "angry": 12}
    assert corpus.utterances[0].id == "toy/01f_angry_s1_01"
    assert corpus.problems == ()
    assert [path.name for path in root.parent.iterdir()] == ["toy"]
    for one in corpus.utterances[:4]:
        waveform = read_audio(one.path)
        assert waveform.sample_rate == 16_000
        assert np.abs(waveform.samples).max() > 0.01


def test_one_recipe_gives_the_same_files_anywhere(tmp_path: Path) -> None:
    read_toy(tmp_path / "a", RECIPE)
    read_toy(tmp_path / "b", RECIPE)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_larger_corpus_has_the_same_voices(tmp_path: Path) -> None:
    read_toy(tmp_path / "a", RECIPE)
    read_toy(tmp_path / "b", ToyRecipe(3, 3, ("angry", "happy", "sad"), 3))
    small, large = contents(tmp_path / "a"), contents(tmp_path / "b")
    assert len(large) > len(small)
    del small["toy.json"]
    assert all(large[name] == data for name, data in small.items())


def test_it_is_made_once(tmp_path: Path) -> None:
    first = read_toy(tmp_path / "toy", RECIPE)
    times = [one.path.stat().st_mtime_ns for one in first.utterances]
    second = read_toy(tmp_path / "toy", RECIPE)
    assert second == first
    assert [one.path.stat().st_mtime_ns for one in second.utterances] == times


@pytest.mark.parametrize(
    "changed",
    [
        ToyRecipe(3, 2, ("happy", "sad"), 3),
        ToyRecipe(2, 1, ("happy", "sad"), 3),
        ToyRecipe(2, 2, ("happy", "angry"), 3),
        ToyRecipe(2, 2, ("happy", "sad"), 4),
    ],
)
def test_another_recipe_replaces_all_of_it(tmp_path: Path, changed: ToyRecipe) -> None:
    read_toy(tmp_path / "toy", RECIPE)
    before = contents(tmp_path / "toy")
    corpus = read_toy(tmp_path / "toy", changed)
    assert len(corpus.utterances) == (
        changed.speakers * changed.clips_per_emotion * len(changed.emotions)
    )
    assert contents(tmp_path / "toy") != before
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_a_lost_clip_is_made_again(tmp_path: Path) -> None:
    corpus = read_toy(tmp_path / "toy", RECIPE)
    before = contents(tmp_path / "toy")
    corpus.utterances[0].path.unlink()
    assert read_toy(tmp_path / "toy", RECIPE) == corpus
    assert contents(tmp_path / "toy") == before


def test_other_files_are_never_replaced(tmp_path: Path) -> None:
    mine = tmp_path / "thesis.txt"
    mine.write_text("years of work")
    with pytest.raises(CorpusError, match=r"holds thesis\.txt.*set path to a new folder"):
        read_toy(tmp_path, RECIPE)
    assert mine.read_text() == "years of work"
    with pytest.raises(CorpusError, match="is a file"):
        read_toy(mine, RECIPE)
    with pytest.raises(StorageError, match="set path to another folder"):
        read_toy(mine / "toy", RECIPE)


@pytest.mark.parametrize(
    ("emotions", "fault"), [(("joyous", "sad"), "unknown joyous"), (("sad", "sad"), "twice")]
)
def test_emotions_are_checked(tmp_path: Path, emotions: tuple[str, ...], fault: str) -> None:
    with pytest.raises(CorpusError, match=fault):
        ToyConfig(path=tmp_path / "toy", emotions=emotions).read()
    assert not (tmp_path / "toy").exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user without all rights")
def test_a_folder_that_may_not_be_written_is_reported(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StorageError, match="set path to another folder"):
            read_toy(tmp_path / "toy", RECIPE)
    finally:
        tmp_path.chmod(0o700)
