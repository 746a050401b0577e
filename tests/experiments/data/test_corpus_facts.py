from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.experiments.data.corpus_facts import audio_hash, corpus_facts
from emotion_classifier.experiments.data.load import RunData


def clip(name: str, sentence: str | None = "one") -> Utterance:
    return Utterance(f"own/{name}", Path(f"{name}.wav"), "own", name[0], "sad", sentence=sentence)


def hashes(**found: str) -> Any:
    return {f"own/{name}": SimpleNamespace(content_hash=value) for name, value in found.items()}


def test_the_hash_depends_on_ids_and_samples_alone() -> None:
    clips = [clip("a1"), clip("b1")]
    first = audio_hash(clips, hashes(a1="x", b1="y"))
    assert len(first) == 64
    moved = [replace(one, path=Path("elsewhere") / one.path) for one in reversed(clips)]
    assert audio_hash(moved, hashes(a1="x", b1="y")) == first
    assert audio_hash(clips, hashes(a1="x", b1="z")) != first
    assert audio_hash(clips[:1], hashes(a1="x")) != first


def test_facts_count_clips_speakers_and_sentences() -> None:
    clips = (clip("a1"), clip("a2", "two"), clip("b1"))
    known = hashes(a1="x", a2="y", b1="z")
    data = RunData(
        LabelSet(("neutral", "sad")), clips, known, (), (), {"own": "MIT"}, {"own": None},
        speech={"own": "acted"},
    )  # fmt: skip
    (facts,) = corpus_facts(data)
    assert (facts.name, facts.clips, facts.speakers, facts.sentences) == ("own", 3, 2, 2)
    assert (facts.licence, facts.language, facts.speech) == ("MIT", None, "acted")
    unknown = replace(data, utterances=(*clips[:2], clip("b1", None)))
    assert corpus_facts(unknown)[0].sentences is None


def test_clips_that_were_added_after_all_splits_are_no_part_of_the_facts() -> None:
    clips = (clip("a1"), clip("b1"), clip("c1"))
    known = hashes(a1="x", b1="y", c1="z")
    data = RunData(
        LabelSet(("neutral", "sad")), clips, known, (), (), {"own": "MIT"}, {"own": None},
        speech={"own": None},
    )  # fmt: skip
    earlier = Split({"own/a1": "train"}, left_out={"own/b1": "rare"})
    (facts,) = corpus_facts(data, [earlier])
    assert (facts.clips, facts.speakers) == (2, 2)
    assert facts.sha256 == audio_hash(clips[:2], known)
    (facts,) = corpus_facts(data, [earlier, Split({"own/b1": "train", "own/c1": "test"})])
    assert facts.clips == 3
