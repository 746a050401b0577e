from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from pydantic import ValidationError

from emotion_classifier.corpora.splits import KFoldConfig
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError

MakeUtterances = Callable[..., list[Utterance]]


def test_over_all_folds_every_speaker_is_tested_once(ravdess: list[Utterance]) -> None:
    tested: Counter[str] = Counter()
    for fold in range(1, 7):
        split = KFoldConfig(folds=6, fold=fold).assign(ravdess, np.random.default_rng(5))
        speakers = {u.speaker: u.sex for u in split.select(ravdess, "test")}
        assert Counter(speakers.values()) == {"female": 2, "male": 2}
        tested.update(speakers.keys())
        assert len({u.speaker for u in split.select(ravdess, "validation")}) == 4
    assert tested == {f"{actor:02}": 1 for actor in range(1, 25)}


def test_as_many_folds_as_speakers_is_possible(make_utterances: MakeUtterances) -> None:
    utterances = make_utterances(3)
    split = KFoldConfig(folds=3, fold=3).assign(utterances, np.random.default_rng(0))
    assert len({u.speaker for u in split.select(utterances, "test")}) == 1


def test_fewer_speakers_than_folds_are_refused(make_utterances: MakeUtterances) -> None:
    with pytest.raises(SplitError, match=r"4 speakers .* cannot fill 5 folds: .* at least 5"):
        KFoldConfig(folds=5, fold=1).assign(make_utterances(4), np.random.default_rng(0))


def test_two_speakers_leave_none_to_validate_on(make_utterances: MakeUtterances) -> None:
    with pytest.raises(SplitError, match=r"1 speakers .* beside the tested speakers"):
        KFoldConfig(folds=2, fold=1).assign(make_utterances(2), np.random.default_rng(0))


def test_an_unknown_fold_is_refused() -> None:
    with pytest.raises(ValidationError, match="fold 6 does not exist: the folds are 1 to 5"):
        KFoldConfig(fold=6)
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        KFoldConfig(fold=0)
