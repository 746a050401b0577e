from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inference.asr.signals import RATE, Ticker, known_at, talk

from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.asr.phrases import (
    MARGIN_SECONDS,
    MINIMUM_LEVEL_DBFS,
    MINIMUM_RANGE_DB,
    Phrase,
    PhraseDetector,
    has_enough_speech,
    has_level_of_speech,
    recognise,
    words_in_speech,
)
from emotion_classifier.inference.event_fields import Word
from emotion_classifier.inference.events import WordsEvent
from emotion_classifier.inference.vad.silero import ActivityDetector
from emotion_classifier.units import to_seconds

NO_PARTIAL = 1000.0
"""Seconds that no phrase lasts, so that none is returned before it is complete."""


def fed(
    detector: PhraseDetector, samples: Samples, speech: list[Interval], chunk: int = RATE // 10
) -> list[Phrase]:
    """Phrases of a recording that is fed in chunks."""
    found: list[Phrase] = []
    for start in range(0, len(samples), chunk):
        part = samples[start : start + chunk]
        now = to_seconds(start + len(part), RATE)
        changed = [one for one in known_at(now, speech) if one.end_seconds > start / RATE]
        found += detector.feed(part, changed)
    return found + detector.flush()


def described(found: list[Phrase]) -> list[tuple[int, bool, float, float]]:
    return [
        (one.id, one.is_final, round(one.start_seconds, 6), round(one.end_seconds, 6))
        for one in found
    ]


def finals(found: list[Phrase]) -> list[Phrase]:
    return [one for one in found if one.is_final]


def test_a_phrase_continues_over_short_pauses_and_ends_at_long_ones() -> None:
    speech = [Interval(1.0, 1.5), Interval(1.8, 2.4), Interval(3.5, 4.0)]
    found = fed(PhraseDetector(RATE), talk(6.0, speech), speech)
    assert described(found) == [(1, True, 0.8, 2.6), (2, True, 3.3, 4.2)]
    assert found[0].speech == (Interval(1.0, 1.5), Interval(1.8, 2.4))


def test_the_samples_are_those_of_the_interval() -> None:
    speech = [Interval(2.0, 3.0)]
    samples = talk(5.0, speech)
    (phrase,) = fed(PhraseDetector(RATE, partial_seconds=NO_PARTIAL), samples, speech)
    start, end = round((2.0 - MARGIN_SECONDS) * RATE), round((3.0 + MARGIN_SECONDS) * RATE)
    np.testing.assert_array_equal(phrase.samples, samples[start:end])


def test_partial_phrases_share_the_id_of_the_final_one_and_become_rarer() -> None:
    speech = [Interval(0.5, 8.5), Interval(10.0, 10.3)]
    found = fed(PhraseDetector(RATE, partial_seconds=1.0), talk(12.0, speech), speech)
    assert [(one.id, one.is_final) for one in found] == [(1, False)] * 5 + [(1, True), (2, True)]
    lengths = [len(one.samples) / RATE for one in found[:5]]
    assert lengths == pytest.approx([1.0, 2.0, 3.0, 4.5, 6.8], abs=0.11)


def test_a_phrase_that_ends_with_the_stream_comes_from_flush() -> None:
    speech = [Interval(1.0, 2.0)]
    detector = PhraseDetector(RATE)
    assert detector.feed(talk(2.0, speech), speech) == []
    assert described(detector.flush()) == [(1, True, 0.8, 2.0)]
    assert detector.flush() == []


def test_an_endless_phrase_is_cut_at_its_quietest_point() -> None:
    speech = [Interval(0.0, 12.0)]
    samples = talk(14.0, speech)
    samples[round(3.5 * RATE) : round(3.7 * RATE)] *= 0.1
    detector = PhraseDetector(RATE, partial_seconds=NO_PARTIAL, maximum_seconds=5.0)
    found = fed(detector, samples, speech)
    assert found[0].end_seconds == pytest.approx(3.6, abs=0.06)
    assert [one.id for one in found] == list(range(1, len(found) + 1))
    assert all(one.is_final and len(one.samples) <= 5 * RATE for one in found)
    # No sample is lost or repeated.
    np.testing.assert_array_equal(
        np.concatenate([one.samples for one in found]), samples[: round(12.2 * RATE)]
    )


def test_short_and_silent_phrases_are_left_out() -> None:
    speech = [Interval(1.0, 1.1), Interval(3.0, 6.0)]
    samples = talk(8.0, speech)
    samples[3 * RATE :] = 0.0
    assert fed(PhraseDetector(RATE, partial_seconds=0.5), samples, speech) == []


def test_a_partial_phrase_is_followed_by_a_final_one_even_if_its_speech_becomes_shorter() -> None:
    detector = PhraseDetector(RATE, partial_seconds=0.2)
    samples = talk(2.0, [Interval(0.0, 2.0)])
    (partial,) = detector.feed(samples[: RATE // 2], [Interval(0.0, 0.5)])
    assert not partial.is_final
    (final,) = detector.feed(samples[RATE // 2 :], [Interval(0.0, 0.2)])
    assert (final.id, final.is_final) == (partial.id, True)


def test_samples_that_are_not_finite_are_silence() -> None:
    speech = [Interval(0.0, 2.0)]
    samples = talk(3.0, speech)
    samples[RATE:] = np.nan
    (phrase,) = fed(PhraseDetector(RATE, partial_seconds=NO_PARTIAL), samples, speech)
    assert np.isfinite(phrase.samples).all()
    assert fed(PhraseDetector(RATE), np.full(3 * RATE, np.nan, np.float32), speech) == []


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.1, 1.5), st.floats(0.05, 6.0)), min_size=1, max_size=5),
    st.integers(1, 4),
    st.integers(300, 40_000),
)
def test_final_phrases_do_not_depend_on_the_chunks(
    gaps_and_lengths: list[tuple[float, float]], seed: int, chunk: int
) -> None:
    speech, now = [], 0.0
    for gap, length in gaps_and_lengths:
        speech.append(Interval(round(now + gap, 3), round(now + gap + length, 3)))
        now = speech[-1].end_seconds
    samples = talk(now + 1.0, speech, seed=seed)
    whole = PhraseDetector(RATE, maximum_seconds=4.0)
    expected = finals([*whole.feed(samples, speech), *whole.flush()])
    found = finals(fed(PhraseDetector(RATE, maximum_seconds=4.0), samples, speech, chunk))
    assert described(found) == described(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)


@pytest.mark.parametrize("chunk", [512, 5_000])
def test_phrases_of_a_real_stream_are_those_of_the_file(shared_data: Path, chunk: int) -> None:
    path = shared_data / "noise/speech/librispeech_test-other_2414-128291-0001.flac"
    clip = read_audio(path)
    samples, rate = clip.samples[0], clip.sample_rate
    whole, live = PhraseDetector(rate), PhraseDetector(rate)
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
    detector = PhraseDetector(RATE, maximum_seconds=3.0)
    chunk = talk(0.5, [Interval(0.0, 0.5)])
    for n in range(100):
        detector.feed(chunk, [Interval(0.0, n / 2 + 0.5)] if speaks else [])
        recent = detector._recent
        assert recent.received - recent.start <= 4.0 * RATE
        assert len(detector._speech) <= 1


SPEECH = [Interval(1.0, 2.5), Interval(4.0, 6.0)]


def recognised(phrases: list[Phrase]) -> list[WordsEvent]:
    return [recognise(Ticker(), phrase) for phrase in phrases]


def test_words_have_the_times_of_the_recording_and_lie_in_its_speech() -> None:
    events = recognised(finals(PhraseDetector(RATE).feed(talk(8.0, SPEECH), SPEECH)))
    assert [event.phrase for event in events] == [1, 2]
    assert events[0].text == "tick0 tick1 tick2"
    assert [word.start_seconds for word in events[0].words] == [0.8, 1.3, 1.8]
    assert (events[1].start_seconds, events[1].end_seconds) == (3.8, 6.2)


def test_partial_and_final_results_share_an_id() -> None:
    detector = PhraseDetector(RATE, partial_seconds=1.0)
    samples = talk(6.0, SPEECH)
    now = 5 * RATE
    phrases = detector.feed(samples[:now], [SPEECH[0], Interval(4.0, 5.0)])
    phrases += detector.feed(samples[now:], [SPEECH[1]])
    events = recognised(phrases + detector.flush())
    states = [(event.phrase, event.is_final) for event in events]
    assert states == [(1, True), (2, False), (2, False), (2, True)]
    assert events[-1].text.startswith(events[1].text)


def test_silence_has_no_phrases() -> None:
    detector = PhraseDetector(RATE)
    silence = talk(8.0, [])
    assert detector.feed(silence, []) == []
    assert detector.feed(silence, [Interval(9.0, 15.0)]) == []  # reported as speech, but silent
    assert detector.flush() == []


def test_an_offset_moves_all_times_and_ids_can_continue() -> None:
    (phrase,) = PhraseDetector(RATE, offset_seconds=100.0, first_id=7).feed(
        talk(4.0, SPEECH[:1]), SPEECH[:1]
    )
    assert (phrase.id, phrase.start_seconds) == (7, 100.8)
    assert phrase.speech == (Interval(101.0, 102.5),)


FILE_RATE = 16_000


def sine(level_dbfs: float, seconds: float = 1.0) -> Samples:
    """Sine with an RMS level."""
    amplitude = 10 ** (level_dbfs / 20) * np.sqrt(2)
    times = np.arange(round(seconds * FILE_RATE)) / FILE_RATE
    return np.asarray(amplitude * np.sin(2 * np.pi * 200 * times), np.float32)


def test_short_sounds_are_speech_only_in_a_dense_sequence() -> None:
    click = Interval(1.0, 1.2)
    assert not has_enough_speech([])
    assert not has_enough_speech([click])
    assert has_enough_speech([click, Interval(1.4, 1.45)])


@pytest.mark.parametrize(("above_db", "passes"), [(-1.0, False), (1.0, True)])
def test_the_loudest_tenth_of_a_second_decides(above_db: float, passes: bool) -> None:
    quiet = np.zeros(FILE_RATE, np.float32)
    samples = np.concatenate([quiet, sine(MINIMUM_LEVEL_DBFS + above_db, 0.2), quiet])
    assert has_level_of_speech(samples, FILE_RATE) is passes


@pytest.mark.parametrize(("above_db", "passes"), [(-1.0, False), (1.0, True)])
def test_a_constant_level_is_no_speech(above_db: float, passes: bool) -> None:
    samples = np.concatenate([sine(-20.0), sine(-20.0 - MINIMUM_RANGE_DB - above_db), sine(-20.0)])
    assert has_level_of_speech(samples, FILE_RATE) is passes


def test_empty_and_silent_audio_is_no_speech() -> None:
    assert not has_level_of_speech(np.zeros(0, np.float32), FILE_RATE)
    assert not has_level_of_speech(np.zeros(FILE_RATE, np.float32), FILE_RATE)


def phrases(samples: Samples) -> list[Phrase]:
    """Phrases that reach a recogniser after voice activity detection."""
    detector = PhraseDetector(FILE_RATE)
    speech = ActivityDetector().speech(samples, FILE_RATE)
    return [*detector.feed(samples, speech), *detector.flush()]


def test_silence_and_white_noise_never_reach_a_recogniser() -> None:
    generator = np.random.default_rng(0)
    white = np.asarray(generator.standard_normal(6 * FILE_RATE), np.float32)
    assert phrases(np.zeros(6 * FILE_RATE, np.float32)) == []
    for level in (0.3, 0.01, 0.0003):
        assert phrases(level * white) == []


def test_music_and_machines_do_not_reach_a_recogniser(shared_data: Path) -> None:
    files = [
        *sorted((shared_data / "noise/music").glob("*.flac")),
        *sorted((shared_data / "noise/noise").glob("esc10_[chr]*.flac"))[::4],
        *sorted((shared_data / "noise/noise").glob("speechcommands_[pw]*.flac")),
    ]
    assert len(files) > 20
    reached = {file.name for file in files if phrases(read_audio(file).samples[0])}
    assert reached == set()


def test_speech_reaches_a_recogniser(shared_data: Path) -> None:
    quiet = shared_data / "ravdess/Actor_09/03-01-02-02-01-01-09.flac"
    read = shared_data / "noise/speech/librispeech_test-other_3080-5032-0001.flac"
    for file in (quiet, read):
        assert phrases(read_audio(file).samples[0])[-1].is_final


def test_words_outside_speech_are_left_out() -> None:
    words = [
        Word(start_seconds=n, end_seconds=n + 0.5, text=f"word{n}", confidence=None)
        for n in range(5)
    ]
    kept = words_in_speech(words, [Interval(1.2, 2.1), Interval(3.55, 3.9)])
    assert [word.text for word in kept] == ["word1", "word2", "word3"]
    assert list(words_in_speech(words, [])) == []
