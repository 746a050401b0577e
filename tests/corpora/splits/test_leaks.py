from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from emotion_classifier.corpora.splits import Split, find_leaks
from emotion_classifier.corpora.utterance import Utterance

MakeUtterances = Callable[..., list[Utterance]]


def test_a_speaker_in_two_parts_is_named_with_the_numbers(make_utterances: MakeUtterances) -> None:
    utterances = make_utterances(2, 1)
    split = Split({u.id: "validation" if i == 2 else "train" for i, u in enumerate(utterances)})
    (leak,) = find_leaks(split, utterances)
    assert leak.message == "speaker invented/001 is in train (2) and validation (1)"
    assert leak.corpora == {"invented"}


def test_speakers_of_the_same_name_in_two_corpora_are_two(make_utterances: MakeUtterances) -> None:
    ours, theirs = make_utterances(1, corpus="a"), make_utterances(1, corpus="b")
    split = Split({u.id: "train" if u.corpus == "a" else "test" for u in ours + theirs})
    assert find_leaks(split, ours + theirs) == ()


def test_the_same_recording_in_two_parts_is_found_across_corpora(
    make_utterances: MakeUtterances,
) -> None:
    ours, theirs = make_utterances(1, corpus="a"), make_utterances(1, corpus="b")
    split = Split({u.id: "train" if u.corpus == "a" else "test" for u in ours + theirs})
    hashes = {u.id: u.id for u in ours[1:] + theirs[2:]} | {ours[0].id: "#", theirs[0].id: "#"}
    (leak,) = find_leaks(split, ours + theirs, hashes)
    assert leak.message == (
        f"the same recording is in train (1) and test (1): {ours[0].id}, {theirs[0].id}"
    )
    assert leak.corpora == {"a", "b"}


def test_copies_within_one_part_leak_nothing(make_utterances: MakeUtterances) -> None:
    utterances = make_utterances(2, 1)
    split = Split({u.id: "train" if u.speaker == "001" else "test" for u in utterances})
    hashes = {u.id: u.speaker for u in utterances}
    assert find_leaks(split, utterances, hashes) == ()


def test_left_out_utterances_leak_nothing(make_utterances: MakeUtterances) -> None:
    utterances = make_utterances(1, 1)
    twin = replace(utterances[0], id="invented/twin")
    split = Split({u.id: "train" for u in utterances}, {twin.id: "a copy"})
    assert find_leaks(split, [*utterances, twin], {utterances[0].id: "#", twin.id: "#"}) == ()
