"""A corpus from a table: columns, paths, labels, speakers, rows that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_classifier.corpora.corpus import Corpus
from emotion_classifier.corpora.readers.table import TableConfig
from emotion_classifier.errors import CorpusError


def read(table: Path, **options: object) -> Corpus:
    return TableConfig.model_validate({"path": table, **options}).read()


@pytest.fixture
def table(tree: Callable[..., Path]) -> Callable[..., Path]:
    """Function that writes rows below a header into a table beside two clips."""
    root = tree("clips/a.wav", "clips/b.flac")

    def write(*rows: str, header: str = "file,emotion,speaker") -> Path:
        path = root / "table.csv"
        path.write_text("\n".join((header, *rows)), encoding="utf-8")
        return path

    return write


def test_rows_become_utterances(table: Callable[..., Path]) -> None:
    path = table("clips/b.flac,Anger,anna", "clips\\a.wav,joy,1")
    corpus = read(path, name="mine")
    assert (corpus.name, corpus.root, corpus.problems) == ("mine", path, ())
    a, b = corpus.utterances
    assert (a.id, a.speaker, a.emotion) == ("mine/clips/a", "1", "happy")
    assert (b.id, b.speaker, b.emotion) == ("mine/clips/b", "anna", "angry")
    assert a.path == path.parent / "clips" / "a.wav"
    assert (b.sex, b.intensity, b.sentence) == (None, None, None)


def test_other_columns_are_mapped(table: Callable[..., Path]) -> None:
    path = table(
        "clips/a.wav,x7,anna,F,high,Hello", "clips/b.flac,sad,bert,,,", header="f,e,s,sex,i,t"
    )
    columns = {"file": "f", "emotion": "e", "speaker": "s", "sex": "sex"}
    columns |= {"intensity": "i", "sentence": "t"}
    a, b = read(path, columns=columns, emotions={"x7": "excited"}).utterances
    assert (a.emotion, a.sex, a.intensity, a.sentence) == ("excited", "female", "high", "Hello")
    assert (b.emotion, b.sex, b.intensity, b.sentence) == ("sad", None, None, None)


def test_paths_begin_at_audio_root_and_ids_do_not_contain_it(
    table: Callable[..., Path], tmp_path: Path
) -> None:
    root = tmp_path / "corpus" / "clips"
    relative = read(table("./a.wav,sad,anna"), audio_root=root)
    absolute = read(table(f"{root / 'a.wav'},sad,anna"), audio_root=root)
    assert relative.utterances[0].id == absolute.utterances[0].id == "table/a"
    assert relative.utterances[0].path == absolute.utterances[0].path == root / "a.wav"


def test_a_missing_speaker_column_names_the_choice(table: Callable[..., Path]) -> None:
    path = table("clips/a.wav,sad", header="file,emotion")
    with pytest.raises(CorpusError, match=r"no column 'speaker'.*columns.speaker: null"):
        read(path)
    corpus = read(path, columns={"speaker": None})
    assert [one.speaker for one in corpus.utterances] == ["clips/a"]
    assert [one.code for one in corpus.problems] == ["notice"]
    assert "speaker of its own" in corpus.problems[0].message


def test_another_missing_column_does_not_speak_of_speakers(table: Callable[..., Path]) -> None:
    with pytest.raises(CorpusError) as caught:
        read(table("clips/a.wav,sad,anna"), columns={"emotion": "speaking"})
    assert "no column 'speaking'" in str(caught.value)
    assert "columns.speaker" not in str(caught.value)


def test_rows_with_empty_cells_are_problems_with_their_numbers(table: Callable[..., Path]) -> None:
    path = table("clips/a.wav,sad,anna", ",sad,anna", "x.wav,,anna", "y.wav,sad,")
    corpus = read(path)
    assert len(corpus.utterances) == 1
    assert [(one.code, one.message.split(",")[0]) for one in corpus.problems] == [
        ("name", "row 2 has no file"),
        ("label", "row 3 (x.wav) has no emotion"),
        ("speaker", "row 4 (y.wav) has no speaker"),
    ]


def test_a_clip_that_is_listed_twice_is_a_problem(table: Callable[..., Path]) -> None:
    corpus = read(table("clips/a.wav,sad,anna", "clips\\a.wav,sadness,anna"))
    assert [one.emotion for one in corpus.utterances] == ["sad"]
    assert [one.code for one in corpus.problems] == ["duplicate"]


def test_a_clip_with_two_labels_is_an_error(table: Callable[..., Path]) -> None:
    with pytest.raises(CorpusError, match=r"a\.wav is sad .* and .*a\.wav is happy"):
        read(table("clips/a.wav,happy,anna", "./clips/a.wav,sad,anna"))


def test_columns_that_are_named_as_fields_are_used(table: Callable[..., Path]) -> None:
    header = "file,emotion,speaker,Sex,sentence,accent,sex"
    path = table("clips/a.wav,sad,anna,F,Hello,31,x", header=header)
    corpus = read(path)
    (one,) = corpus.utterances
    assert (one.sex, one.sentence, one.intensity) == ("female", "Hello", None)
    (notice,) = corpus.problems
    assert notice.code == "notice"
    assert "not used: 'accent', 'sex'; columns.sex" in notice.message
    chosen = read(path, columns={"sentence": "accent"})
    assert chosen.utterances[0].sentence == "31"


def test_attributes_of_speakers_are_read_as_those_of_crema_d(table: Callable[..., Path]) -> None:
    header = "file,emotion,speaker,Age,race,origin"
    path = table(
        "clips/a.wav,sad,anna,31,Asian,Hispanic", "clips/b.flac,sad,bert,,,", header=header
    )
    anna, bert = read(path, columns={"ethnicity": "origin"}).utterances
    assert anna.speaker_attributes == {"age": "31", "race": "Asian", "ethnicity": "Hispanic"}
    assert bert.speaker_attributes == {}


def test_an_emotion_named_as_a_result_is_an_error(table: Callable[..., Path]) -> None:
    path = table("clips/a.wav,sad,anna", "clips/b.flac,x,anna")
    with pytest.raises(CorpusError, match="'x' maps to the name of a result"):
        read(path, emotions={"x": "No_Speech"})


def test_a_sex_that_is_not_known_is_counted(table: Callable[..., Path]) -> None:
    path = table(
        "clips/a.wav,sad,anna,?", "clips/b.flac,sad,bert,man", header="file,emotion,speaker,g"
    )
    corpus = read(path, columns={"sex": "g"})
    assert [one.sex for one in corpus.utterances] == [None, "male"]
    assert [one.message for one in corpus.problems] == [
        "sex '?' (1 clips) counts as unknown: known are female, f, woman, male, m, man"
    ]


def test_unknown_labels_are_an_error(table: Callable[..., Path]) -> None:
    path = table("clips/a.wav,x7,anna", "clips/b.flac,x7,anna")
    with pytest.raises(CorpusError, match=r"table\.csv: unknown emotions 'x7' \(2 clips\)"):
        read(path)


def test_the_error_for_missing_files_names_audio_root(table: Callable[..., Path]) -> None:
    with pytest.raises(CorpusError, match=r"none of its first 2 files exists.*set audio_root"):
        read(table("a.wav,sad,anna", "b.flac,sad,anna"))


def test_a_table_without_rows_or_without_usable_rows(table: Callable[..., Path]) -> None:
    with pytest.raises(CorpusError, match="has a header but no rows"):
        read(table())
    with pytest.raises(CorpusError, match="none of its 1 rows can be used: row 1 has no file"):
        read(table(",sad,anna"))


def test_parquet_and_csv_agree(table: Callable[..., Path]) -> None:
    csv = pytest.importorskip("pyarrow.csv")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = table("clips/a.wav,sad,1", "clips/b.flac,joy,2")
    parquet.write_table(csv.read_csv(path), path.with_suffix(".parquet"))
    assert read(path.with_suffix(".parquet")).utterances == read(path).utterances
