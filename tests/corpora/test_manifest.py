"""Utterances written and read back."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.corpora.manifest import read_manifest, write_manifest
from emotion_classifier.corpora.readers.crema_d import read_crema_d
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import CorpusError

# No surrogates and no NUL, which no file name and no CSV cell can hold.
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
utterances = st.builds(
    Utterance,
    id=text,
    path=text.map(Path),
    corpus=text,
    speaker=text,
    emotion=text,
    sex=st.sampled_from(["female", "male", None]),
    intensity=st.none() | text,
    sentence=st.none() | text,
    perceived=st.none() | st.dictionaries(text, st.floats(0, 1)),
    attributes=st.dictionaries(text, text),
)


@settings(deadline=None)
@given(st.lists(utterances, max_size=4))
def test_round_trip(held: list[Utterance]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "manifest.csv")
        write_manifest(path, held)
        assert list(read_manifest(path)) == held


def test_a_path_that_is_no_text_survives(tmp_path: Path) -> None:
    one = Utterance("c/a", Path("caf\udce9.wav"), "c", "s", "sad")
    write_manifest(tmp_path / "m.csv", [one])
    assert read_manifest(tmp_path / "m.csv") == (one,)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("file,emotion\na.wav,sad\n", "has the columns file, emotion, but a manifest has id, path"),
        ("", "has the columns none"),
        ("HEADER\nc/a,a.wav,c,s,sad,unknown,,,,\n", "row 1: not understood"),
        ("HEADER\nc/a,a.wav,c,s,sad,,,,no json,\n", "row 1: not understood"),
        ("HEADER\nc/a,a.wav\n", "row 1: not understood"),
    ],
)
def test_what_is_no_manifest_is_one_clear_error(tmp_path: Path, content: str, message: str) -> None:
    header = "id,path,corpus,speaker,emotion,sex,intensity,sentence,perceived,attributes"
    path = tmp_path / "m.csv"
    path.write_text(content.replace("HEADER", header))
    with pytest.raises(CorpusError, match=message) as caught:
        read_manifest(path)
    assert str(path) in str(caught.value)


def test_a_missing_manifest_is_told(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot be read"):
        read_manifest(tmp_path / "no.csv")


def test_a_real_corpus_with_votes(shared_data: Path, tmp_path: Path) -> None:
    corpus = read_crema_d(shared_data / "crema-d")
    write_manifest(tmp_path / "m.csv", corpus.utterances)
    assert read_manifest(tmp_path / "m.csv") == corpus.utterances
