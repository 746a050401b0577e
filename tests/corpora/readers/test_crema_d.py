"""CREMA-D: names, demographics, and the votes on the voice alone."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_classifier.corpora.readers.crema_d import CremaDConfig, read_crema_d
from emotion_classifier.errors import CorpusError

DEMOGRAPHICS = """"ActorID","Age","Sex","Race","Ethnicity"
1001,51,"Male","Caucasian","Not Hispanic"
1040,42,"Female","Asian","Not Hispanic"
"""
VOTES = """"","A","D","F","H","N","S","fileName"
"100001",6,2,0,0,2,0,"1001_DFA_ANG_XX"
"200001",0,0,0,0,9,0,"1001_DFA_ANG_XX"
"100002",0,0,1,0,0,3,"1040_ITH_SAD_XX"
"""


def with_tables(root: Path) -> Path:
    (root / "VideoDemographics.csv").write_text(DEMOGRAPHICS)
    (root / "processedResults").mkdir()
    (root / "processedResults" / "tabulatedVotes.csv").write_text(VOTES)
    return root


def test_name_demographics_and_voice_votes(tree: Callable[..., Path]) -> None:
    root = with_tables(tree("AudioWAV/1001_DFA_ANG_HI.wav", "AudioWAV/1001_DFA_ANG_XX.wav"))
    high, unspecified = CremaDConfig(path=root).read().utterances
    assert high.intensity == "high"
    assert unspecified.id == "crema_d/1001_DFA_ANG_XX"
    assert (unspecified.speaker, unspecified.sex) == ("1001", "male")
    assert (unspecified.emotion, unspecified.intensity) == ("angry", "unspecified")
    assert unspecified.sentence == "Don't forget a jacket"
    assert unspecified.attributes == {"sentence_code": "DFA"}
    person = {"age": "51", "race": "Caucasian", "ethnicity": "Not Hispanic"}
    assert unspecified.speaker_attributes == person
    shares = {"angry": 0.6, "disgust": 0.2, "fearful": 0, "happy": 0, "neutral": 0.2, "sad": 0}
    assert unspecified.perceived == pytest.approx(shares)


def test_the_misnamed_file_has_the_id_and_the_votes_of_the_tables(
    tree: Callable[..., Path],
) -> None:
    root = with_tables(tree("AudioWAV/1040_ITH_SAD_X.wav"))
    (one,) = read_crema_d(root / "AudioWAV").utterances
    assert one.id == "crema_d/1040_ITH_SAD_XX"
    assert one.path.stem == "1040_ITH_SAD_X"
    assert one.perceived is not None
    assert one.perceived["sad"] == 0.75


def test_gzipped_votes_agree(tree: Callable[..., Path]) -> None:
    root = with_tables(tree("1001_DFA_ANG_XX.wav"))
    plain = read_crema_d(root)
    table = root / "processedResults" / "tabulatedVotes.csv"
    table.with_name("tabulatedVotes.csv.gz").write_bytes(gzip.compress(table.read_bytes()))
    table.unlink()
    assert read_crema_d(root) == plain


def test_missing_tables_are_reported(tree: Callable[..., Path]) -> None:
    corpus = read_crema_d(tree("1001_DFA_ANG_XX.wav"))
    (one,) = corpus.utterances
    assert (one.sex, one.perceived) == (None, None)
    assert [notice.code for notice in corpus.problems] == ["notice", "notice"]
    assert "VideoDemographics.csv is not there" in corpus.problems[0].message
    assert "tabulatedVotes.csv is not there" in corpus.problems[1].message


def test_clips_and_actors_that_the_tables_lack_are_counted(tree: Callable[..., Path]) -> None:
    root = with_tables(tree("1001_DFA_ANG_XX.wav", "1002_TSI_HAP_LO.wav"))
    corpus = read_crema_d(root)
    assert [one.sex for one in corpus.utterances] == ["male", None]
    messages = [notice.message for notice in corpus.problems]
    assert messages == [
        "VideoDemographics.csv lacks the actors of 1 clips, so their sex is unknown",
        "tabulatedVotes.csv lacks 1 clips, so their votes are unknown",
    ]


def test_of_copies_in_several_formats_that_in_audiowav_is_used(tree: Callable[..., Path]) -> None:
    stem = "1001_DFA_ANG_XX"
    names = ("AudioMP3/{}.mp3", "16k/{}.wav", "AudioWAV/{}.wav", "VideoFlash/{}.flv", "a/{}.flac")
    root = with_tables(tree(*(name.format(stem) for name in names)))
    corpus = read_crema_d(root)
    assert [one.path for one in corpus.utterances] == [root / "AudioWAV" / f"{stem}.wav"]
    found = [(one.code, one.path.relative_to(root).as_posix()) for one in corpus.problems]
    assert found == [
        ("format", f"VideoFlash/{stem}.flv"),
        ("duplicate", f"16k/{stem}.wav"),
        ("notice", "."),
        ("notice", "."),
    ]
    assert "1 recordings are there as .wav and as .flac: .wav is used" in corpus.problems[2].message


def test_tables_in_a_linked_folder_are_read(tree: Callable[..., Path], tmp_path: Path) -> None:
    root = with_tables(tree("AudioWAV/1001_DFA_ANG_XX.wav"))
    (root / "processedResults").rename(tmp_path / "results")
    (root / "processedResults").symlink_to(tmp_path / "results")
    (one,) = read_crema_d(root).utterances
    assert one.perceived is not None


@pytest.mark.parametrize(
    "stem",
    ["1001_XXX_ANG_XX", "1001_DFA_BOR_XX", "1001_DFA_ANG_ZZ", "1001_DFA_ANG", "1_DFA_ANG_XX"],
)
def test_wrong_names_are_problems(tree: Callable[..., Path], stem: str) -> None:
    corpus = read_crema_d(with_tables(tree("1001_DFA_ANG_XX.wav", f"{stem}.wav")))
    assert [(one.path.stem, one.code) for one in corpus.problems] == [(stem, "name")]


def test_votes_that_are_no_numbers_are_an_error(tree: Callable[..., Path]) -> None:
    root = with_tables(tree("1001_DFA_ANG_XX.wav"))
    table = root / "processedResults" / "tabulatedVotes.csv"
    table.write_text(VOTES.replace("6,2", "six,2"))
    with pytest.raises(CorpusError, match=r"tabulatedVotes\.csv: .*'six'.*fetch it again"):
        read_crema_d(root)


def test_the_real_corpus(shared_data: Path) -> None:
    corpus = read_crema_d(shared_data / "crema-d")
    speakers = Counter(one.speaker for one in corpus.utterances)
    assert len(corpus.utterances) == 3766
    assert (min(speakers.values()), max(speakers.values())) == (76, 82)
    counts = Counter(one.emotion for one in corpus.utterances)
    assert counts.pop("neutral") == 551
    assert set(counts.values()) == {643}
    assert len(counts) == 5
    sexes = {one.speaker: one.sex for one in corpus.utterances}
    assert Counter(sexes.values()) == {"female": 23, "male": 23}
    assert len({one.sentence for one in corpus.utterances}) == 12
    assert all(one.perceived is not None for one in corpus.utterances)
    assert {problem.code for problem in corpus.problems} <= {"notice"}
