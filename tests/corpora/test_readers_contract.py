"""Every reader keeps to the contract; a new one adds a line to `SMALL_CORPORA`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import get_args

import pytest
from pydantic import TypeAdapter

from emotion_classifier.corpora.readers import CorpusConfig
from emotion_classifier.errors import CorpusError
from emotion_classifier.testing.corpora import check_reader

ADAPTER: TypeAdapter[CorpusConfig] = TypeAdapter(CorpusConfig)

# kind → files of a small corpus, and options beside kind and path
SMALL_CORPORA: dict[str, tuple[tuple[str, ...], Mapping[str, object]]] = {
    "ravdess": (
        ("Actor_01/03-01-05-01-01-01-01.wav", "Actor_02/03-01-01-01-02-01-02.wav", "odd.wav"),
        {},
    ),
    "crema_d": (("AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1002_IEO_SAD_HI.wav", "odd.wav"), {}),
    "tess": (("OAF_angry/OAF_back_angry.wav", "YAF_sad/YAF_back_sad.wav", "odd.wav"), {}),
    "savee": (("DC/a01.wav", "JE/sa02.wav", "odd.wav"), {}),
    "emodb": (("wav/03a01Fa.wav", "wav/08b10Wb.wav", "odd.wav"), {}),
    "table": (("b.wav", "a.flac"), {}),
    "folders": (
        ("sad/anna_1.wav", "angry/bert_2.ogg", "odd.wav"),
        {"speaker_pattern": r"([a-z]+)_\d+"},
    ),
    "toy": ((), {"speakers": 2, "clips_per_emotion": 1, "emotions": ("happy", "sad")}),
}
READERS = get_args(get_args(CorpusConfig)[0])


def config(kind: str, path: Path) -> CorpusConfig:
    return ADAPTER.validate_python({"kind": kind, "path": path, **SMALL_CORPORA[kind][1]})


@pytest.fixture
def small_corpus(tree: Callable[..., Path]) -> Callable[[str], Path]:
    """Function that makes the files of a kind of corpus, and gives its path."""

    def make(kind: str) -> Path:
        root = tree(*SMALL_CORPORA[kind][0])
        if kind != "table":
            return root
        table = root / "clips.csv"
        table.write_text("file,emotion,speaker\nb.wav,sad,anna\na.flac,joy,bert\n,sad,bert\n")
        return table

    return make


def test_every_reader_of_the_union_is_held_to_the_contract() -> None:
    kinds = [reader.model_fields["kind"].default for reader in READERS]
    kinds.remove("custom")  # tests/corpora/readers/test_custom.py
    assert sorted(kinds) == sorted(SMALL_CORPORA)


@pytest.mark.parametrize("kind", SMALL_CORPORA)
def test_contract(kind: str, small_corpus: Callable[[str], Path]) -> None:
    corpus = check_reader(config(kind, small_corpus(kind)).read)
    assert corpus.name == kind
    assert len({one.speaker for one in corpus.utterances}) == 2
    assert len({one.emotion for one in corpus.utterances}) == 2
    # Unusable entries (a wrong name, a row without a file, a loose file) are reported, never lost.
    faults = [one.code for one in corpus.problems if one.code != "notice"]
    assert len(faults) == (0 if kind == "toy" else 1)


@pytest.mark.parametrize("kind", SMALL_CORPORA)
def test_ids_do_not_depend_on_the_folder_or_the_format(
    kind: str, small_corpus: Callable[[str], Path], tmp_path: Path
) -> None:
    first = config(kind, small_corpus(kind)).read()
    (tmp_path / "corpus").rename(tmp_path / "elsewhere") if kind != "toy" else None
    for path in list((tmp_path / "elsewhere").rglob("*.wav")):
        path.rename(path.with_suffix(".WAV"))
    moved = tmp_path / "elsewhere" / ("clips.csv" if kind == "table" else "")
    second = config(kind, moved).read()
    assert [one.id for one in second.utterances] == [one.id for one in first.utterances]


@pytest.mark.parametrize("kind", sorted(set(SMALL_CORPORA) - {"table", "toy"}))
def test_folders_that_hold_nothing_have_different_errors(
    kind: str, tree: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    cases = {
        tmp_path / "absent": "does not exist",
        tmp_path / "empty": "is empty",
        tree("archive.zip", under="archive"): "holds no audio",
    }
    for path, message in cases.items():
        with pytest.raises(CorpusError, match=message) as caught:
            config(kind, path).read()
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("kind", ["ravdess", "crema_d", "tess", "savee", "emodb"])
def test_a_folder_of_another_corpus_shows_how_files_should_be_named(
    kind: str, tree: Callable[..., Path]
) -> None:
    root = tree("some_speech.wav")
    with pytest.raises(CorpusError, match="none of its 1 audio files belongs to") as caught:
        config(kind, root).read()
    assert "for example" in str(caught.value)
    assert "some_speech.wav" in str(caught.value)
