from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from emotion_classifier.corpora.splits import LeaveOneSpeakerOutConfig
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import SplitError

MakeUtterances = Callable[..., list[Utterance]]


def test_one_speaker_is_tested_and_others_validate(ravdess: list[Utterance]) -> None:
    split = LeaveOneSpeakerOutConfig(speaker="07").assign(ravdess, np.random.default_rng(0))
    assert {u.speaker for u in split.select(ravdess, "test")} == {"07"}
    validating = {u.speaker for u in split.select(ravdess, "validation")}
    training = {u.speaker for u in split.select(ravdess, "train")}
    assert len(validating) in (4, 5)
    assert len(training) + len(validating) == 23
    assert not training & validating


def test_a_number_in_yaml_is_a_name() -> None:
    config = LeaveOneSpeakerOutConfig.model_validate({"speaker": 1001})
    assert config.speaker == "1001"


def test_the_error_for_an_unknown_speaker_names_the_known_speakers(
    make_utterances: MakeUtterances,
) -> None:
    with pytest.raises(SplitError, match=r"'01' is not .* 001, 002, 003: .*did you mean '001'"):
        LeaveOneSpeakerOutConfig(speaker="01").assign(make_utterances(3), np.random.default_rng(0))


def test_two_speakers_are_too_few(make_utterances: MakeUtterances) -> None:
    with pytest.raises(SplitError, match="at least 2 are needed"):
        LeaveOneSpeakerOutConfig(speaker="001").assign(make_utterances(2), np.random.default_rng(0))
