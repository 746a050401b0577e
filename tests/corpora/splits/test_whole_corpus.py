from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from emotion_classifier.corpora.splits import PARTS, SpeakersConfig, WholeCorpusConfig, make_split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import LeakError, SplitError

MakeUtterances = Callable[..., list[Utterance]]

TEST = WholeCorpusConfig(part="test")
TRAIN = WholeCorpusConfig(part="train")


def _speakers(split_parts: dict[str, str], utterances: list[Utterance], part: str) -> set[str]:
    return {u.speaker for u in utterances if split_parts[u.id] == part}


def test_a_whole_corpus_is_tested_on_models_of_the_others(make_utterances: MakeUtterances) -> None:
    trained, left_out = make_utterances(corpus="a"), make_utterances(1, corpus="b")
    split = make_split(
        [
            (trained, WholeCorpusConfig(part="train", validation_fraction=0.2)),
            (left_out, TEST),
        ],
        seed=0,
    )
    assert split.select([*trained, *left_out], "test") == left_out
    assert len(_speakers(dict(split.parts), trained, "validation")) == 2
    assert len(_speakers(dict(split.parts), trained, "train")) == 8


def test_a_whole_corpus_trains_beside_a_divided_corpus(make_utterances: MakeUtterances) -> None:
    divided, whole = make_utterances(corpus="a"), make_utterances(2, corpus="b")
    split = make_split([(divided, SpeakersConfig()), (whole, TRAIN)], seed=0)
    assert {split.parts[u.id] for u in whole} == {"train"}
    assert {split.parts[u.id] for u in divided} == set(PARTS)


def test_a_validation_share_needs_two_speakers(make_utterances: MakeUtterances) -> None:
    config = WholeCorpusConfig(part="train", validation_fraction=0.2)
    two = make_utterances(2)
    split = config.assign(two, np.random.default_rng(0))
    assert sorted(set(split.parts.values())) == ["train", "validation"]
    with pytest.raises(SplitError, match="at least 2 are needed"):
        config.assign(make_utterances(1), np.random.default_rng(0))


def test_a_test_corpus_has_no_validation_share() -> None:
    with pytest.raises(ValidationError, match="leave it out, or set part: train"):
        WholeCorpusConfig(part="test", validation_fraction=0.2)


def test_a_recording_in_both_corpora_is_a_leak(make_utterances: MakeUtterances) -> None:
    trained, left_out = make_utterances(corpus="a"), make_utterances(corpus="b")
    hashes = {trained[0].id: "same", left_out[0].id: "same"}
    corpora = [
        (trained, WholeCorpusConfig(part="train", validation_fraction=0.2)),
        (left_out, TEST),
    ]
    with pytest.raises(LeakError, match="the same recording"):
        make_split(corpora, seed=0, content_hashes=hashes)


def test_one_part_alone_is_no_split(make_utterances: MakeUtterances) -> None:
    with pytest.raises(SplitError, match="none is in validation and test"):
        make_split([(make_utterances(), TRAIN)], seed=0)


def test_an_emotion_of_the_test_corpus_alone_is_refused(make_utterances: MakeUtterances) -> None:
    trained = make_utterances(corpus="a")
    left_out = [replace(u, emotion="calm") for u in make_utterances(1, corpus="b")]
    corpora = [
        (trained, WholeCorpusConfig(part="train", validation_fraction=0.2)),
        (left_out, TEST),
    ]
    with pytest.raises(SplitError, match="calm would be tested but not trained"):
        make_split(corpora, seed=0)
