from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.report.provenance import CorpusFacts, Provenance
from emotion_classifier.evaluation.report.report import make_report
from emotion_classifier.evaluation.report.sections.limits import limits

Make = Callable[..., LabelledPredictions]
ACTED = CorpusFacts(name="toy", language="English", speech="acted", sentences=2)


def text_of(clips: LabelledPredictions, *corpora: CorpusFacts, trained_on: str = "") -> str:
    provenance = Provenance(corpora=corpora, trained_on=tuple(trained_on.split()))
    return "\n".join(limits(make_report(clips, title="A run", provenance=provenance)))


def test_limits_follow_from_the_facts_of_the_corpora(make_clips: Make) -> None:
    text = text_of(make_clips(), ACTED, trained_on="toy")
    for expected in (
        "toy (acted)", "2 in toy", "than English", "training corpus (toy)", "6 speakers, too few",
        "neutral, happy, sad, angry", "emotion stress", "seed",
    ):  # fmt: skip
        assert expected in text, expected
    assert "not stated in the run" not in text


def test_unknown_facts_are_named(make_clips: Make) -> None:
    clips = concatenate([make_clips(), make_clips(9, corpus="own")])
    text = text_of(clips, ACTED, CorpusFacts(name="not tested", speech="read"))
    assert "how the clips of own were produced" in text and "language of own" in text
    assert "Other corpora than own, toy." in text
    assert "not tested" not in text and "too few" not in text


def test_speakers_of_one_or_unknown_sex_are_named(make_clips: Make) -> None:
    clips = make_clips()
    women = clips.select(np.array([sex == "female" for sex in clips.sexes]))
    assert "all are female" in text_of(women)
    unknown = dataclasses.replace(clips, sexes=(None,) * len(clips))
    assert "sex is not known" in text_of(unknown)
    assert "Groups of speakers" not in text_of(clips)


def test_many_sentences_are_no_limit(make_clips: Make) -> None:
    assert "Other words" not in text_of(make_clips(), dataclasses.replace(ACTED, sentences=400))
