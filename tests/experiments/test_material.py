from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from emotion_classifier.audio.io import write_wav
from emotion_classifier.config import parse_config
from emotion_classifier.errors import ConfigError, CorpusError
from emotion_classifier.experiments.material import Material, divide, gather, write_left_out
from emotion_classifier.experiments.selection import SelectionConfig
from emotion_classifier.models.input import InputConfig

RATE = 16_000


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder for each of three emotions, with two clips of each of six speakers."""
    rng = np.random.default_rng(0)
    root = tmp_path / "corpus"
    for emotion in ("calm", "happy", "sad"):
        (root / emotion).mkdir(parents=True)
        for name in (f"s{speaker}_{take}.wav" for speaker in range(6) for take in range(2)):
            noise = 0.1 * rng.standard_normal(RATE)
            write_wav(root / emotion / name, noise.astype(np.float32), RATE)
    return root


def settings(*roots: Path, **sections: Any) -> SelectionConfig:
    corpora = [
        {"kind": "folders", "path": str(root), "name": root.name, "speaker_pattern": r"/(s\d)_"}
        for root in roots
    ]
    return parse_config(SelectionConfig, {"corpora": corpora, **sections}, "test")


def gathered(config: SelectionConfig) -> Material:
    return gather(config, InputConfig().build(), Console(file=io.StringIO()))


def test_every_clip_is_decoded_once(corpus: Path) -> None:
    material = gathered(settings(corpus))
    assert material.labels.names == ("calm", "happy", "sad")
    assert len(material.utterances) == len(material.clips) == 36
    assert material.left_out == ()
    assert material.licences == {"corpus": "unknown"}
    for utterance in material.utterances:
        assert material.clips[utterance.id].duration_seconds == 1.0


def test_emotions_are_merged_and_dropped_with_an_account(corpus: Path) -> None:
    labels = {"merge": {"calm": "neutral"}, "emotions": ["neutral", "sad"]}
    material = gathered(settings(corpus, labels=labels))
    assert [material.utterances[0].emotion, len(material.utterances)] == ["neutral", 24]
    assert set(material.targets(material.utterances)) == {0, 1}
    (account,) = material.accounts
    assert account.lines() == [
        "corpus: calm (12) counted as neutral",
        "corpus: happy (12) dropped",
        "corpus: sad (12) kept",
    ]


def test_files_that_cannot_be_used_are_left_out_with_the_reason(
    corpus: Path, tmp_path: Path
) -> None:
    noise = 0.1 * np.random.default_rng(2).standard_normal(1000)
    write_wav(corpus / "sad" / "s0_8.wav", noise.astype(np.float32), RATE)
    (corpus / "sad" / "s0_9.wav").write_bytes(b"\xff\xd8\xff\xe0 a JPEG")
    material = gathered(settings(corpus))
    assert len(material.utterances) == 36
    left_out = {problem.path.name: problem.code for problem in material.left_out}
    assert left_out == {"s0_8.wav": "too-short", "s0_9.wav": "unreadable"}

    write_left_out(tmp_path / "left_out.csv", material.left_out)
    with (tmp_path / "left_out.csv").open(newline="", encoding="utf-8") as file:
        rows = {Path(row["file"]).name: row for row in csv.DictReader(file)}
    assert rows.keys() == left_out.keys()
    assert "0.5 s" in rows["s0_8.wav"]["reason"]


def test_a_corpus_of_which_nothing_is_left_is_refused(corpus: Path) -> None:
    for clip in corpus.rglob("*.wav"):
        clip.write_bytes(b"")
    with pytest.raises(CorpusError, match=r"no clip of corpus .* \(36 refused, first .*wav"):
        gathered(settings(corpus))


def test_two_corpora_of_one_name_are_refused(corpus: Path) -> None:
    with pytest.raises(CorpusError, match="two corpora are called corpus"):
        gathered(settings(corpus, corpus))


def test_each_corpus_is_split_by_itself(corpus: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    rng = np.random.default_rng(1)
    for clip in corpus.rglob("*.wav"):
        copy = other / clip.relative_to(corpus)
        copy.parent.mkdir(parents=True, exist_ok=True)
        write_wav(copy, (0.1 * rng.standard_normal(RATE)).astype(np.float32), RATE)
    config = settings(
        corpus,
        other,
        split={"kind": "speakers", "train": 0.5, "validation": 0.25, "test": 0.25},
        corpus_splits={"other": {"kind": "k_fold", "folds": 3, "fold": 1}},
    )
    material = gathered(config)
    split = divide(material, config)
    speakers = {
        part: {u.speaker_id for u in material.part(split, part)}
        for part in ("train", "validation", "test")
    }
    assert sum(map(len, speakers.values())) == 12
    assert len({s for s in speakers["test"] if s.startswith("other/")}) == 2
    facts = material.training_facts(split)
    assert {data.corpus for data in facts.data} == {"corpus", "other"}
    assert sum(data.clips for data in facts.data) == len(facts.emotions)
    assert len(facts.durations_seconds) == len(facts.emotions) == len(material.part(split, "train"))
    assert facts.warnings == ()


def test_a_split_for_a_corpus_that_is_not_there_is_refused(corpus: Path) -> None:
    config = settings(corpus, corpus_splits={"ravdess": {"kind": "speakers"}})
    with pytest.raises(
        ConfigError, match="corpus_splits names ravdess, but the corpora are corpus"
    ):
        divide(gathered(config), config)
