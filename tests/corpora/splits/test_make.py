from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.corpora.splits import (
    PARTS,
    KFoldConfig,
    LeaveOneSpeakerOutConfig,
    RandomClipsConfig,
    SentencesConfig,
    SpeakersConfig,
    Split,
    SplitSettings,
    make_split,
)
from emotion_classifier.corpora.utterance import Sex, Utterance
from emotion_classifier.errors import LeakError, SplitError

MakeUtterances = Callable[..., list[Utterance]]

INDEPENDENT: list[SplitSettings] = [
    SpeakersConfig(),
    SpeakersConfig(train=0.5, validation=0.25, test=0.25),
    KFoldConfig(folds=3, fold=2),
    LeaveOneSpeakerOutConfig(speaker="1"),
    SentencesConfig(),
]


@st.composite
def corpora(draw: st.DrawFn) -> list[Utterance]:
    """Any corpus of at least three speakers and two sentences, in any order."""
    speakers = draw(st.integers(3, 12))
    sexes: dict[int, Sex | None] = {
        s: draw(st.sampled_from(("female", "male", None))) for s in range(speakers)
    }
    cells = st.tuples(
        st.integers(0, speakers - 1), st.sampled_from(("happy", "sad")), st.sampled_from("xyz")
    )
    floor = [(s, "happy", sentence) for s in range(speakers) for sentence in "xy"]
    clips = draw(st.permutations([*floor, *draw(st.lists(cells, max_size=60))]))
    return [
        Utterance(f"any/{i}", Path(f"{i}.wav"), "any", str(s), emotion, sexes[s], sentence=said)
        for i, (s, emotion, said) in enumerate(clips)
    ]


def split_or_refuse(
    utterances: list[Utterance], settings: SplitSettings, seed: int
) -> Split | None:
    """The split, or None where an honest one cannot be made from this corpus."""
    try:
        return make_split([(utterances, settings)], seed)
    except LeakError:
        raise
    except SplitError:
        return None


@pytest.mark.parametrize("settings", INDEPENDENT, ids=lambda s: s.kind)
@settings(max_examples=40)  # for each kind of split
@given(utterances=corpora(), seed=st.integers(0, 2**32))
def test_any_split_is_speaker_disjoint_and_accounts_for_all(
    settings: SplitSettings, utterances: list[Utterance], seed: int
) -> None:
    split = split_or_refuse(utterances, settings, seed)
    if split is None:
        return
    parts_of: dict[str, set[str]] = {}
    for utterance in utterances:
        assert (utterance.id in split.parts) != (utterance.id in split.left_out)
        if utterance.id in split.parts:
            parts_of.setdefault(utterance.speaker, set()).add(split.parts[utterance.id])
    assert all(len(parts) == 1 for parts in parts_of.values())
    assert set(split.parts.values()) == set(PARTS)
    assert split.leaks == ()


@pytest.mark.parametrize(
    "settings", [*INDEPENDENT, RandomClipsConfig(allow_leak=True)], ids=lambda s: s.kind
)
@settings(max_examples=40)  # for each kind of split
@given(utterances=corpora(), seed=st.integers(0, 1000), shuffled=st.randoms(use_true_random=False))
def test_the_order_of_the_utterances_changes_nothing(
    settings: SplitSettings, utterances: list[Utterance], seed: int, shuffled: Random
) -> None:
    mixed = list(utterances)
    shuffled.shuffle(mixed)
    assert split_or_refuse(mixed, settings, seed) == split_or_refuse(utterances, settings, seed)


@given(
    st.lists(st.integers(3, 40), min_size=20, max_size=60),
    st.sampled_from([(0.8, 0.1, 0.1), (0.7, 0.15, 0.15), (0.5, 0.3, 0.2)]),
    st.integers(0, 1000),
)
def test_parts_have_the_requested_size_and_sexes(
    clips: list[int], fractions: tuple[float, float, float], seed: int
) -> None:
    utterances = [
        Utterance(f"any/{s:02}_{i:02}", Path("x"), "any", f"{s:02}", "happy", sex)
        for s, number in enumerate(clips)
        for sex in (("female", "male")[s % 2],)
        for i in range(number)
    ]
    train, validation, test = fractions
    settings = SpeakersConfig(train=train, validation=validation, test=test)
    split = make_split([(utterances, settings)], seed)
    rows = split.counts(utterances, "sex").values()
    for part, fraction in zip(PARTS, fractions, strict=True):
        total = sum(row[part] for row in rows)
        assert abs(total - fraction * len(utterances)) <= max(clips)
        for row in rows:
            assert abs(row[part] - fraction * sum(row.values())) <= max(clips)


def test_the_seed_decides(ravdess: list[Utterance]) -> None:
    drawn = [make_split([(ravdess, SpeakersConfig())], seed).parts for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_one_corpus_does_not_change_the_split_of_another(make_utterances: MakeUtterances) -> None:
    ours, theirs = make_utterances(9, corpus="a"), make_utterances(7, corpus="b")
    alone = make_split([(ours, SpeakersConfig())], seed=3)
    both = make_split([(theirs, KFoldConfig(folds=2, fold=1)), (ours, SpeakersConfig())], seed=3)
    assert {i: both.parts[i] for i in alone.parts} == alone.parts
    assert len(both.parts) == len(ours) + len(theirs)


def copies(
    make_utterances: MakeUtterances,
) -> tuple[list[Utterance], list[Utterance], dict[str, str]]:
    """Two corpora of which each recording of the one is in the other as well."""
    ours, theirs = make_utterances(12, 1, corpus="a"), make_utterances(12, 1, corpus="b")
    hashes = {u.id: str(i) for corpus in (ours, theirs) for i, u in enumerate(corpus)}
    return ours, theirs, hashes


def test_identical_recordings_in_two_parts_are_refused_with_the_remedy(
    make_utterances: MakeUtterances,
) -> None:
    ours, theirs, hashes = copies(make_utterances)
    settings = (SpeakersConfig(), SpeakersConfig(train=0.4, validation=0.3, test=0.3))
    with pytest.raises(LeakError, match=r"^\d+ leaks .* and \d+ more\. .*split\.allow_leak: true"):
        make_split([(ours, settings[0]), (theirs, settings[1])], 0, hashes)


def test_every_corpus_that_a_leak_touches_must_allow_it(make_utterances: MakeUtterances) -> None:
    ours, theirs, hashes = copies(make_utterances)
    strict = SpeakersConfig(train=0.4, validation=0.3, test=0.3)
    allowing = SpeakersConfig(allow_leak=True)
    with pytest.raises(LeakError):
        make_split([(ours, allowing), (theirs, strict)], 0, hashes)
    lenient = strict.model_copy(update={"allow_leak": True})
    split = make_split([(ours, allowing), (theirs, lenient)], 0, hashes)
    assert split.leaks
    assert all(leak.startswith("the same recording is in ") for leak in split.leaks)


def test_an_allowed_leak_is_listed(ravdess: list[Utterance]) -> None:
    split = make_split([(ravdess, RandomClipsConfig(allow_leak=True))], seed=0)
    assert len(split.leaks) == 24
    assert split.leaks[0].startswith("speaker ravdess/01 is in train (")


def test_an_empty_part_is_refused_with_the_reasons(make_utterances: MakeUtterances) -> None:
    utterances = make_utterances(3, 1, emotions=("sad",), sentences=3)
    lacking = [u for u in utterances if (u.speaker, u.sentence) in _diagonal(utterances)]
    with pytest.raises(SplitError, match=r"none is in .*Left out: the speaker is in "):
        for seed in range(20):
            make_split([(lacking, SentencesConfig())], seed)


def _diagonal(utterances: list[Utterance]) -> set[tuple[str, str | None]]:
    speakers = sorted({u.speaker for u in utterances})
    return {(speaker, f"s{i}") for i, speaker in enumerate(speakers)}


def test_an_emotion_that_is_tested_but_not_trained_is_refused(
    make_utterances: MakeUtterances,
) -> None:
    utterances = make_utterances(4)
    only = [replace(u, emotion="bored") if u.speaker == "002" else u for u in utterances]
    with pytest.raises(
        SplitError, match=r"^bored would be tested but not trained.*labels\.emotions"
    ):
        make_split([(only, LeaveOneSpeakerOutConfig(speaker="002"))], seed=0)


def test_an_id_of_two_utterances_is_refused(make_utterances: MakeUtterances) -> None:
    utterances = make_utterances(3)
    with pytest.raises(SplitError, match=r"18 ids belong to two utterances .* and 13 more"):
        make_split([(utterances, SpeakersConfig()), (utterances, SpeakersConfig())], seed=0)


def test_no_utterances_are_refused() -> None:
    with pytest.raises(SplitError, match="0 speakers"):
        make_split([([], SpeakersConfig())], seed=0)
    with pytest.raises(
        SplitError, match="of 0 utterances none is in train and validation and test"
    ):
        make_split([], seed=0)
