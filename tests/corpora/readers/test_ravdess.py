"""RAVDESS: seven fields in a name, speech and song, sound of videos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from emotion_classifier.corpora.readers.ravdess import RavdessConfig, read_ravdess
from emotion_classifier.errors import CorpusError


def test_every_field_of_a_name_is_parsed(tree: Callable[..., Path]) -> None:
    root = tree("Actor_12/03-01-06-02-01-02-12.wav")
    (one,) = read_ravdess(root).utterances
    assert one.id == "ravdess/03-01-06-02-01-02-12"
    assert (one.corpus, one.speaker, one.sex) == ("ravdess", "12", "female")
    assert (one.emotion, one.intensity) == ("fearful", "strong")
    assert one.sentence == "Kids are talking by the door"
    assert one.attributes == {
        "modality": "audio only",
        "vocal_channel": "speech",
        "repetition": "2",
    }


def test_song_is_left_out_with_a_notice_by_default(tree: Callable[..., Path]) -> None:
    root = tree("a/03-01-03-01-01-01-01.wav", "b/03-02-03-01-01-01-01.wav")
    spoken = read_ravdess(root)
    assert [one.attributes["vocal_channel"] for one in spoken.utterances] == ["speech"]
    (notice,) = spoken.problems
    assert (notice.code, notice.path) == ("notice", root)
    assert notice.message.startswith("1 recordings of song are left out: add song to")
    both = RavdessConfig(path=root, vocal_channels=("speech", "song")).read()
    assert len(both.utterances) == 2
    assert both.problems == ()


def test_a_folder_of_song_alone_names_the_option(tree: Callable[..., Path]) -> None:
    with pytest.raises(CorpusError, match=r"no recording of speech, only 1 of song: set vocal_ch"):
        read_ravdess(tree("03-02-03-01-01-01-01.wav"))


def test_videos_and_their_sound_are_problems(tree: Callable[..., Path]) -> None:
    root = tree(
        "03-01-03-01-01-01-01.wav",
        "01-01-03-01-01-01-01.wav",
        "01-01-03-01-01-01-01.mp4",
    )
    corpus = read_ravdess(root)
    assert len(corpus.utterances) == 1
    assert [(one.path.suffix, one.code) for one in corpus.problems] == [
        (".mp4", "modality"),
        (".wav", "modality"),
    ]


@pytest.mark.parametrize(
    "stem",
    [
        "03-01-09-01-01-01-01",
        "03-03-03-01-01-01-01",
        "03-01-03-03-01-01-01",
        "03-01-03-01-03-01-01",
        "03-01-03-01-01-03-01",
        "03-01-03-01-01-01-25",
        "03-01-03-01-01-01-00",
        "03-01-03-01-01-01",
        "3-1-3-1-1-1-1",
        "03-01-03-01-01-01-01 (1)",
    ],
)
def test_a_field_out_of_range_is_a_wrong_name(tree: Callable[..., Path], stem: str) -> None:
    corpus = read_ravdess(tree("03-01-03-01-01-01-01.wav", f"{stem}.wav"))
    assert len(corpus.utterances) == 1
    assert [(one.path.stem, one.code) for one in corpus.problems] == [(stem, "name")]


def test_an_archive_that_holds_every_file_twice(tree: Callable[..., Path]) -> None:
    name = "Actor_01/03-01-03-01-01-01-01.wav"
    corpus = read_ravdess(tree(name, f"audio_speech_actors_01-24/{name}"))
    assert len(corpus.utterances) == 1
    assert [one.code for one in corpus.problems] == ["duplicate"]


def test_at_least_one_vocal_channel_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        RavdessConfig(path=tmp_path, vocal_channels=())


def test_the_real_corpus(shared_data: Path) -> None:
    corpus = read_ravdess(shared_data / "ravdess")
    counts = Counter(one.emotion for one in corpus.utterances)
    assert len(corpus.utterances) == 1440
    assert counts.pop("neutral") == 96
    assert set(counts.values()) == {192}
    assert len(counts) == 7
    assert set(Counter(one.speaker for one in corpus.utterances).values()) == {60}
    assert Counter(one.sex for one in corpus.utterances) == {"female": 720, "male": 720}
    assert {problem.code for problem in corpus.problems} <= {"notice"}
