from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inference.asr.signals import RATE, known_at, talk

from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.asr.phrases import (
    MARGIN_SECONDS,
    Phrase,
    PhraseCutter,
    Utterance,
)
from emotion_classifier.inference.asr.recogniser import Word
from emotion_classifier.inference.vad.silero import ActivityDetector
from emotion_classifier.units import to_seconds


def fed(
    cutter: PhraseCutter, samples: Samples, speech: list[Interval], chunk: int = RATE // 10
) -> list[Utterance]:
    """Everything a cutter gives for a recording that comes in chunks."""
    found: list[Utterance] = []
    for start in range(0, len(samples), chunk):
        part = samples[start : start + chunk]
        now = to_seconds(start + len(part), RATE)
        changed = [one for one in known_at(now, speech) if one.end_seconds > start / RATE]
        found += cutter.feed(part, changed)
    return found + cutter.flush()


def described(found: list[Utterance]) -> list[tuple[int, bool, float, float]]:
    return [
        (one.id, one.is_final, round(one.start_seconds, 6), round(one.end_seconds, 6))
        for one in found
    ]


def finals(found: list[Utterance]) -> list[Utterance]:
    return [one for one in found if one.is_final]


def test_a_phrase_lasts_over_short_pauses_and_ends_at_long_ones() -> None:
    speech = [Interval(1.0, 1.5), Interval(1.8, 2.4), Interval(3.5, 4.0)]
    found = fed(PhraseCutter(RATE), talk(6.0, speech), speech)
    assert described(found) == [(1, True, 0.8, 2.6), (2, True, 3.3, 4.2)]
    assert found[0].speech == (Interval(1.0, 1.5), Interval(1.8, 2.4))


def test_the_samples_are_those_of_its_time() -> None:
    speech = [Interval(2.0, 3.0)]
    samples = talk(5.0, speech)
    (utterance,) = fed(PhraseCutter(RATE), samples, speech)
    start, end = round((2.0 - MARGIN_SECONDS) * RATE), round((3.0 + MARGIN_SECONDS) * RATE)
    np.testing.assert_array_equal(utterance.samples, samples[start:end])


def test_partial_ones_share_the_id_of_the_final_one_and_come_ever_less() -> None:
    speech = [Interval(0.5, 8.5), Interval(10.0, 10.3)]
    found = fed(PhraseCutter(RATE, partial_seconds=1.0), talk(12.0, speech), speech)
    assert [(one.id, one.is_final) for one in found] == [(1, False)] * 5 + [(1, True), (2, True)]
    lengths = [len(one.samples) / RATE for one in found[:5]]
    assert lengths == pytest.approx([1.0, 2.0, 3.0, 4.5, 6.8], abs=0.11)


def test_a_phrase_that_ends_with_the_stream_comes_from_flush() -> None:
    speech = [Interval(1.0, 2.0)]
    cutter = PhraseCutter(RATE, partial_seconds=None)
    assert cutter.feed(talk(2.0, speech), speech) == []
    assert described(cutter.flush()) == [(1, True, 0.8, 2.0)]
    assert cutter.flush() == []


def test_an_endless_phrase_is_cut_at_its_quietest_point() -> None:
    speech = [Interval(0.0, 12.0)]
    samples = talk(14.0, speech)
    samples[round(3.5 * RATE) : round(3.7 * RATE)] *= 0.1
    found = fed(PhraseCutter(RATE, partial_seconds=None, maximum_seconds=5.0), samples, speech)
    assert found[0].end_seconds == pytest.approx(3.6, abs=0.06)
    assert [one.id for one in found] == list(range(1, len(found) + 1))
    assert all(one.is_final and len(one.samples) <= 5 * RATE for one in found)
    # Nothing is lost and nothing heard twice.
    np.testing.assert_array_equal(
        np.concatenate([one.samples for one in found]), samples[: round(12.2 * RATE)]
    )


def test_the_gates_keep_out_what_is_short_or_silent() -> None:
    speech = [Interval(1.0, 1.1), Interval(3.0, 6.0)]
    samples = talk(8.0, speech)
    samples[3 * RATE :] = 0.0
    assert fed(PhraseCutter(RATE, partial_seconds=0.5), samples, speech) == []


def test_a_partial_one_is_followed_by_a_final_one_also_if_the_speech_is_taken_back() -> None:
    cutter = PhraseCutter(RATE, partial_seconds=0.2)
    samples = talk(2.0, [Interval(0.0, 2.0)])
    (partial,) = cutter.feed(samples[: RATE // 2], [Interval(0.0, 0.5)])
    assert not partial.is_final
    (final,) = cutter.feed(samples[RATE // 2 :], [Interval(0.0, 0.2)])
    assert (final.id, final.is_final) == (partial.id, True)


def test_samples_that_are_not_finite_are_silence() -> None:
    speech = [Interval(0.0, 2.0)]
    samples = talk(3.0, speech)
    samples[RATE:] = np.nan
    (utterance,) = fed(PhraseCutter(RATE, partial_seconds=None), samples, speech)
    assert np.isfinite(utterance.samples).all()
    assert fed(PhraseCutter(RATE), np.full(3 * RATE, np.nan, np.float32), speech) == []


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.1, 1.5), st.floats(0.05, 6.0)), min_size=1, max_size=5),
    st.integers(1, 4),
    st.integers(300, 40_000),
)
def test_the_final_ones_are_the_same_whatever_the_chunks(
    gaps_and_lengths: list[tuple[float, float]], seed: int, chunk: int
) -> None:
    speech, now = [], 0.0
    for gap, length in gaps_and_lengths:
        speech.append(Interval(round(now + gap, 3), round(now + gap + length, 3)))
        now = speech[-1].end_seconds
    samples = talk(now + 1.0, speech, seed=seed)
    whole = PhraseCutter(RATE, maximum_seconds=4.0)
    expected = finals([*whole.feed(samples, speech), *whole.flush()])
    found = finals(fed(PhraseCutter(RATE, maximum_seconds=4.0), samples, speech, chunk))
    assert described(found) == described(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)


@pytest.mark.parametrize("chunk", [512, 5_000])
def test_phrases_of_a_real_stream_are_those_of_the_file(shared_data: Path, chunk: int) -> None:
    path = shared_data / "noise/speech/librispeech_test-other_2414-128291-0001.flac"
    clip = read_audio(path)
    samples, rate = clip.samples[0], clip.sample_rate
    whole, live = PhraseCutter(rate), PhraseCutter(rate)
    speech = ActivityDetector().speech(samples, rate)
    expected = finals([*whole.feed(samples, speech), *whole.flush()])
    activity, found = ActivityDetector().open(rate), []
    for start in range(0, len(samples), chunk):
        part = samples[start : start + chunk]
        activity.feed(part)
        known = activity.take_speech()
        since, now = activity.speaking_since_seconds, to_seconds(start + len(part), rate)
        found += live.feed(part, known if since is None else [*known, Interval(since, now)])
    activity.flush()
    found += [*live.feed(samples[:0], activity.take_speech()), *live.flush()]
    assert len(expected) > 1
    assert described(finals(found)) == described(expected)
    assert {one.id for one in found} == {one.id for one in expected}


@pytest.mark.parametrize("speaks", [False, True])
def test_memory_is_bounded(speaks: bool) -> None:
    cutter = PhraseCutter(RATE, partial_seconds=None, maximum_seconds=3.0)
    chunk = talk(0.5, [Interval(0.0, 0.5)])
    for n in range(100):
        cutter.feed(chunk, [Interval(0.0, n / 2 + 0.5)] if speaks else [])
        recent = cutter._recent
        assert recent.received - recent.start <= 4.0 * RATE
        assert len(cutter._speech) <= 1


def test_the_text_of_a_phrase() -> None:
    words = (Word(0.0, 0.5, "by", None), Word(0.5, 1.0, "the", None))
    assert Phrase(1, words, True, 0.0, 1.0).text == "by the"
