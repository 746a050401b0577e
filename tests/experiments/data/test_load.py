from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.experiments.progress_log import ProgressLog

from emotion_classifier.audio.io import write_wav
from emotion_classifier.config import parse_config
from emotion_classifier.corpora.splits import PARTS, Split
from emotion_classifier.errors import ConfigError, CorpusError
from emotion_classifier.experiments.data.load import (
    DataConfig,
    RunData,
    load_corpora,
    read_corpus,
    split_corpora,
    write_problems,
)
from emotion_classifier.model_folder.input import InputConfig

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


def settings(*roots: Path, **sections: Any) -> DataConfig:
    corpora = [
        {"kind": "folders", "path": str(root), "name": root.name, "speaker_pattern": r"/(s\d)_"}
        for root in roots
    ]
    return parse_config(DataConfig, {"corpora": corpora, **sections}, "test")


def loaded(config: DataConfig) -> RunData:
    return load_corpora(config, InputConfig().build())


def test_every_clip_is_decoded_once(corpus: Path) -> None:
    run_data = loaded(settings(corpus))
    assert run_data.labels.names == ("calm", "happy", "sad")
    assert len(run_data.utterances) == len(run_data.clips) == 36
    assert run_data.left_out == ()
    assert run_data.licences == {"corpus": "unknown"}
    for utterance in run_data.utterances:
        assert run_data.clips[utterance.id].duration_seconds == 1.0


def test_emotions_are_merged_and_dropped_and_counted(corpus: Path) -> None:
    labels = {"merge": {"calm": "neutral"}, "emotions": ["neutral", "sad"]}
    run_data = loaded(settings(corpus, labels=labels))
    assert [run_data.utterances[0].emotion, len(run_data.utterances)] == ["neutral", 24]
    targets = run_data.targets(run_data.utterances)
    assert targets.dtype == np.float32
    assert np.unique(targets, axis=0).tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert (targets.argmax(axis=1) == [u.emotion == "sad" for u in run_data.utterances]).all()
    (account,) = run_data.accounts
    assert account == [
        "corpus: calm (12) counted as neutral",
        "corpus: happy (12) dropped",
        "corpus: sad (12) kept",
    ]


def test_clips_in_opposite_phase_are_used_and_reported(corpus: Path) -> None:
    voice = 0.1 * np.random.default_rng(9).standard_normal(RATE).astype(np.float32)
    for name in ("s0_0", "s1_0"):
        write_wav(corpus / "sad" / f"{name}.wav", np.stack([voice, -voice]), RATE)
    run_data = loaded(settings(corpus))
    assert len(run_data.utterances) == 36
    (notice,) = run_data.left_out
    assert (notice.path.stem, notice.code) == ("s0_0", "notice")
    assert "2 clips" in notice.message


CLIPS = {
    "1001_DFA_ANG_XX": "6,0,0,0,2,0",
    "1001_DFA_HAP_XX": "0,0,0,2,6,2",
    "1001_DFA_NEU_XX": "0,0,0,0,0,8",
    "1002_DFA_ANG_XX": None,
    "1002_DFA_HAP_XX": "1,1,1,1,1,5",
    "1002_DFA_NEU_XX": "0,4,0,0,0,0",
}
"""Clip → votes for angry, disgust, fearful, happy, neutral, sad."""


@pytest.fixture
def voted(tmp_path: Path) -> Path:
    """Six clips named as CREMA-D names them, with votes on five of them."""
    root = tmp_path / "voted"
    (root / "AudioWAV").mkdir(parents=True)
    rng = np.random.default_rng(3)
    for name in CLIPS:
        noise = 0.1 * rng.standard_normal(RATE)
        write_wav(root / "AudioWAV" / f"{name}.wav", noise.astype(np.float32), RATE)
    rows = [f"{100 + i},{name},{v}" for i, (name, v) in enumerate(CLIPS.items()) if v]
    (root / "processedResults").mkdir()
    table = root / "processedResults" / "tabulatedVotes.csv"
    table.write_text("\n".join([",fileName,A,D,F,H,N,S", *rows]) + "\n")
    return root


def with_votes(root: Path, log: ProgressLog, **sections: Any) -> RunData:
    sections = {"target": "perceived", **sections}
    corpora = [{"kind": "crema_d", "path": str(root)}]
    config = parse_config(DataConfig, {"corpora": corpora, **sections}, "test")
    return load_corpora(config, InputConfig().build(), log)


def targets_by_name(run_data: RunData) -> dict[str, list[float]]:
    rows = run_data.targets(run_data.utterances).tolist()
    return {u.path.stem: row for u, row in zip(run_data.utterances, rows, strict=True)}


def test_the_votes_of_listeners_are_targets(voted: Path) -> None:
    log = ProgressLog()
    run_data = with_votes(voted, log)
    assert run_data.labels.names == ("neutral", "happy", "angry")
    rows = targets_by_name(run_data)
    assert rows["1001_DFA_ANG_XX"] == [0.25, 0.0, 0.75]
    # Two votes are for sad, which no clip is meant to be: the other eight count.
    assert rows["1001_DFA_HAP_XX"] == [0.75, 0.25, 0.0]
    # No votes, or none for an emotion of the model: what was intended.
    assert rows["1001_DFA_NEU_XX"] == [1.0, 0.0, 0.0]
    assert rows["1002_DFA_ANG_XX"] == [0.0, 0.0, 1.0]
    line = (
        "target: votes of listeners, 3 of 6 clips have them; for the other 3 the intended emotion"
    )
    assert line in log.text
    facts = run_data.training_part(Split({u.id: "train" for u in run_data.utterances}))
    (warning,) = facts.warnings
    assert (
        "3 of 6 clips of the training and validation part have no votes (3 of crema_d)" in warning
    )
    assert run_data.training_part(Split({"crema_d/1001_DFA_ANG_XX": "train"})).warnings == ()


def test_votes_follow_the_labels(voted: Path) -> None:
    log = ProgressLog()
    merged = with_votes(voted, log, labels={"merge": {"angry": "loud", "happy": "loud"}})
    assert targets_by_name(merged)["1001_DFA_HAP_XX"] == [0.75, 0.25]
    assert targets_by_name(merged)["1001_DFA_ANG_XX"] == [0.25, 0.75]
    dropped = with_votes(voted, log, labels={"emotions": ["angry", "happy"]})
    assert targets_by_name(dropped)["1001_DFA_ANG_XX"] == [1.0, 0.0]


def test_the_intended_emotion_is_the_target_by_default(voted: Path) -> None:
    log = ProgressLog()
    run_data = with_votes(voted, log, target="intended")
    assert targets_by_name(run_data)["1001_DFA_HAP_XX"] == [0.0, 1.0, 0.0]
    assert "target" not in log.text
    facts = run_data.training_part(Split({u.id: "train" for u in run_data.utterances}))
    assert facts.warnings == ()


def test_votes_as_target_without_any_vote_are_refused(corpus: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"no clip of these corpora has any: set target: intended"
    ):
        loaded(settings(corpus, target="perceived"))


def test_files_that_cannot_be_used_are_left_out_with_the_reason(
    corpus: Path, tmp_path: Path
) -> None:
    noise = 0.1 * np.random.default_rng(2).standard_normal(1000)
    write_wav(corpus / "sad" / "s0_8.wav", noise.astype(np.float32), RATE)
    (corpus / "sad" / "s0_9.wav").write_bytes(b"\xff\xd8\xff\xe0 a JPEG")
    run_data = loaded(settings(corpus))
    assert len(run_data.utterances) == 36
    left_out = {problem.path.name: problem.code for problem in run_data.left_out}
    assert left_out == {"s0_8.wav": "too-short", "s0_9.wav": "unreadable"}

    write_problems(tmp_path / "left_out.csv", run_data.left_out)
    with (tmp_path / "left_out.csv").open(newline="", encoding="utf-8") as file:
        rows = {Path(row["file"]).name: row for row in csv.DictReader(file)}
    assert rows.keys() == left_out.keys()
    assert "0.5 s" in rows["s0_8.wav"]["reason"]


def test_copies_with_another_emotion_and_files_of_other_types_are_notices(corpus: Path) -> None:
    shutil.copy(corpus / "sad" / "s0_0.wav", corpus / "happy" / "s0_9.wav")
    (corpus / "notes.txt").touch()
    config = settings(corpus)
    run_data = loaded(config)
    assert [problem.code for problem in run_data.left_out] == ["notice", "notice"]
    lines = run_data.summary(Split({}))
    assert f"{corpus}: left out: 1 .txt" in lines
    assert any("sad here, happy there" in line for line in lines)


def test_a_corpus_without_usable_clips_is_refused(corpus: Path) -> None:
    for clip in corpus.rglob("*.wav"):
        clip.write_bytes(b"")
    with pytest.raises(CorpusError, match=r"no clip of corpus .* \(36 refused, first .*wav"):
        loaded(settings(corpus))


def test_two_corpora_of_one_name_are_refused(corpus: Path) -> None:
    with pytest.raises(CorpusError, match="two corpora are called corpus"):
        loaded(settings(corpus, corpus))


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
    run_data = loaded(config)
    split = split_corpora(run_data, config)
    speakers = {part: {u.speaker_id for u in run_data.part(split, part)} for part in PARTS}
    assert sum(map(len, speakers.values())) == 12
    assert len({s for s in speakers["test"] if s.startswith("other/")}) == 2
    facts = run_data.training_part(split)
    assert {data.corpus for data in facts.data} == {"corpus", "other"}
    assert sum(data.clips for data in facts.data) == len(facts.emotions)
    assert len(facts.durations_seconds) == len(facts.emotions) == len(run_data.part(split, "train"))
    assert facts.warnings == ()


def test_one_corpus_is_read_without_settings_or_decoding(corpus: Path) -> None:
    found = read_corpus("folders", corpus, name="own", speaker_pattern=r"/(s\d)_")
    assert (found.name, len(found.utterances), found.problems) == ("own", 36, ())
    with pytest.raises(ConfigError, match="ravdes"):
        read_corpus("ravdes", corpus)


def test_a_split_for_a_corpus_that_is_not_there_is_refused(corpus: Path) -> None:
    config = settings(corpus, corpus_splits={"ravdess": {"kind": "speakers"}})
    with pytest.raises(
        ConfigError, match="corpus_splits names ravdess, but the corpora are corpus"
    ):
        split_corpora(loaded(config), config)
