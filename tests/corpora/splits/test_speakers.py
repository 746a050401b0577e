from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pydantic import ValidationError

from emotion_classifier.corpora.splits import PARTS, SpeakersConfig
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError

MakeUtterances = Callable[..., list[Utterance]]


@pytest.mark.parametrize(
    ("settings", "actors"),
    [
        (SpeakersConfig(), (20, 2, 2)),
        (SpeakersConfig(train=0.7, validation=0.15, test=0.15), (16, 4, 4)),
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_ravdess_is_balanced_by_sex_and_emotion(
    ravdess: list[Utterance], settings: SpeakersConfig, actors: tuple[int, ...], seed: int
) -> None:
    split = settings.assign(ravdess, np.random.default_rng(seed))
    for part, wanted in zip(PARTS, actors, strict=True):
        selected = split.select(ravdess, part)
        speakers = {u.speaker: u.sex for u in selected}
        assert len(speakers) == wanted
        assert list(speakers.values()).count("female") == wanted / 2
        assert len(selected) == 60 * wanted


def test_three_speakers_are_enough(make_utterances: MakeUtterances) -> None:
    utterances = make_utterances(3)
    split = SpeakersConfig().assign(utterances, np.random.default_rng(0))
    assert sorted({u.speaker: split.parts[u.id] for u in utterances}.values()) == sorted(PARTS)


@pytest.mark.parametrize("speakers", [0, 1, 2])
def test_fewer_speakers_are_refused(speakers: int, make_utterances: MakeUtterances) -> None:
    with pytest.raises(SplitError, match=rf"^{speakers} speakers .* at least 3 are needed"):
        SpeakersConfig().assign(make_utterances(speakers), np.random.default_rng(0))


def test_fractions_must_sum_to_one() -> None:
    with pytest.raises(
        ValidationError, match=r"train 0\.8 \+ validation 0\.1 \+ test 0\.2 is 1\.1"
    ):
        SpeakersConfig(test=0.2)
    with pytest.raises(ValidationError, match="greater than 0"):
        SpeakersConfig(train=0.9, validation=0.0, test=0.1)
