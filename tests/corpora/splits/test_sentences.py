from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from emotion_classifier.corpora.splits import PARTS, Part, SentencesConfig, Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError

MakeUtterances = Callable[..., list[Utterance]]


def speakers_and_sentences(
    split: Split, utterances: list[Utterance], part: Part
) -> tuple[set[str], set[str | None]]:
    selected = split.select(utterances, part)
    return {u.speaker for u in selected}, {u.sentence for u in selected}


def test_two_sentences_are_shared_by_train_and_validation(ravdess: list[Utterance]) -> None:
    split = SentencesConfig().assign(ravdess, np.random.default_rng(1))
    train, validation, test = (speakers_and_sentences(split, ravdess, part) for part in PARTS)
    assert train[1] == validation[1] != test[1]
    assert len(test[1]) == 1
    assert not train[0] & validation[0] and not (train[0] | validation[0]) & test[0]
    assert len(split.parts) == len(split.left_out) == 720
    assert Counter(split.left_out.values()) == {
        f"the speaker is in {part}, the sentence in {where}": 30 * len(speakers)
        for part, where, speakers in (
            ("train", "test", train[0]),
            ("validation", "test", validation[0]),
            ("test", "train and validation", test[0]),
        )
    }


@pytest.mark.parametrize("sentences", [3, 12])
def test_from_three_sentences_on_all_parts_are_disjoint(
    sentences: int, make_utterances: MakeUtterances
) -> None:
    utterances = make_utterances(10, 1, sentences=sentences)
    split = SentencesConfig().assign(utterances, np.random.default_rng(1))
    train, validation, test = (speakers_and_sentences(split, utterances, part) for part in PARTS)
    for which in (0, 1):
        assert not train[which] & validation[which]
        assert not train[which] & test[which]
        assert not validation[which] & test[which]
    assert len(test[1]) == len(validation[1]) == sentences // 4 + (sentences == 3)
    assert split.parts.keys() | split.left_out.keys() == {u.id for u in utterances}


def test_utterances_without_a_sentence_are_refused(make_utterances: MakeUtterances) -> None:
    utterances = make_utterances(4, 1, sentences=2)
    utterances[0] = replace(utterances[0], sentence=None)
    with pytest.raises(SplitError, match=rf"1 of 24 .* no sentence \({utterances[0].id}\)"):
        SentencesConfig().assign(utterances, np.random.default_rng(0))


def test_one_sentence_is_refused(make_utterances: MakeUtterances) -> None:
    with pytest.raises(SplitError, match=r"the same sentence \(s0\)"):
        SentencesConfig().assign(make_utterances(4, sentences=1), np.random.default_rng(0))
