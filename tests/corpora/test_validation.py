"""Problems of a corpus: all at once, with names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.corpora.corpus import Corpus, Problem
from emotion_classifier.corpora.readers.ravdess import read_ravdess
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.corpora.validation import check

RATE = 16_000


def noise(seed: int, seconds: float = 0.5) -> Samples:
    generator = np.random.default_rng(seed)
    return (0.1 * generator.standard_normal(int(seconds * RATE))).astype(np.float32)


def corpus_of(folder: Path, clips: dict[str, Samples | bytes | None], **emotions: str) -> Corpus:
    """Corpus of files with these samples or bytes; None is a file that is not there."""
    for name, content in clips.items():
        path = folder / f"{name}.wav"
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif content is not None:
            write_wav(path, content, RATE)
    utterances = [
        Utterance(f"c/{name}", folder / f"{name}.wav", "c", "s", emotions.get(name, "sad"))
        for name in sorted(clips)
    ]
    return Corpus("c", folder, tuple(utterances))


def found(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(one.path.stem, one.code) for one in problems]


def test_a_sound_corpus_has_no_problems(tmp_path: Path) -> None:
    assert check(corpus_of(tmp_path, {"a": noise(0), "b": noise(1)})) == []


def test_all_problems_are_reported_together(tmp_path: Path) -> None:
    loud = noise(2)
    loud[:40] = 1.0
    corpus = corpus_of(
        tmp_path,
        {
            "clipped": loud,
            "empty": b"",
            "fine": noise(0),
            "image": b"\xff\xd8\xff\xe0" + bytes(100),
            "missing": None,
            "short": noise(3, 0.1),
            "silent": np.zeros(RATE, np.float32),
            "silent_too": np.zeros(RATE, np.float32),
            "stereo": np.stack([noise(4), -noise(4)]),
            "twin": noise(0),
        },
    )
    named = Problem(tmp_path / "odd.wav", "name", "is not named as it should be")
    problems = check(Corpus("c", tmp_path, corpus.utterances, (named,)))
    assert found(problems) == [
        ("clipped", "clipped"),
        ("empty", "empty-file"),
        ("image", "unreadable"),
        ("missing", "missing"),
        ("odd", "name"),
        ("short", "too-short"),
        ("silent", "silent"),
        ("silent_too", "silent"),
        ("stereo", "opposite-phase"),
        ("twin", "duplicate"),
    ]
    assert all(one.message for one in problems)


def test_a_duplicate_names_both_files_and_labels_that_disagree(tmp_path: Path) -> None:
    clips: dict[str, Samples | bytes | None] = {"a": noise(0), "b": noise(0), "c": noise(0)}
    second, third = check(corpus_of(tmp_path, clips, c="happy"))
    assert str(tmp_path / "a.wav") in second.message
    assert "there" not in second.message
    assert "(happy here, sad there)" in third.message


def test_copies_in_other_formats_are_found(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    corpus = corpus_of(tmp_path, {"a": noise(0)})
    samples, rate = soundfile.read(tmp_path / "a.wav", dtype="int16")
    stereo = np.stack([samples, samples], axis=1)
    soundfile.write(tmp_path / "b.flac", stereo, rate, subtype="PCM_16")
    copy = Utterance("c/b", tmp_path / "b.flac", "c", "s", "sad")
    problems = check(Corpus("c", tmp_path, (*corpus.utterances, copy)))
    assert found(problems) == [("b", "duplicate")]


@pytest.mark.parametrize(("clipped", "codes"), [(24, []), (25, ["clipped"])])
def test_a_few_samples_at_full_scale_are_no_problem(
    tmp_path: Path, clipped: int, codes: list[str]
) -> None:
    loud = noise(4)
    loud[:clipped] = -1.0  # of 8000: 0.3 % is the limit
    assert [one.code for one in check(corpus_of(tmp_path, {"a": loud}))] == codes


def test_the_known_oddity_of_ravdess(shared_data: Path) -> None:
    corpus = read_ravdess(shared_data / "ravdess")
    actor = tuple(one for one in corpus.utterances if one.speaker == "07")
    (problem,) = check(Corpus(corpus.name, corpus.root, actor))
    assert (problem.code, problem.path.stem) == ("duplicate", "03-01-03-01-02-02-07")
    assert "03-01-03-01-02-01-07" in problem.message
