from __future__ import annotations

from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.vad.silero import (
    FRAME,
    RATE,
    ActivityDetector,
    ActivityStream,
    _network,
)

DETECTOR = ActivityDetector()


def heard(samples: Samples, sample_rate: int, chunks: list[int]) -> ActivityStream:
    stream = DETECTOR.open(sample_rate)
    for part in np.split(samples, chunks):
        stream.feed(part)
    stream.flush()
    return stream


def test_finds_the_sentences(toy_speech: Samples) -> None:
    speech = DETECTOR.speech(toy_speech, RATE)
    inside = np.zeros(13_000, bool)
    for interval in speech:
        inside[round(interval.start_seconds * 1000) : round(interval.end_seconds * 1000)] = True
    assert inside[2800:4500].mean() > 0.9 and inside[7800:9300].mean() > 0.9
    assert not inside[:2300].any() and not inside[5800:7300].any() and not inside[11_000:].any()
    assert DETECTOR.speech_share(toy_speech, RATE) == pytest.approx(inside.mean(), abs=0.04)


def test_the_network_is_that_of_silero(toy_speech: Samples) -> None:
    """What ``silero_vad_16k_sequence.onnx`` of its wheel 6.2.3 gives for every tenth frame."""
    found, _ = _network().probabilities(frames(toy_speech), _network().first_state())
    expected = """
        0.0020 0.0504 0.9969 0.9999 0.9997 0.9996 0.9999 0.0226 0.0040 0.0021 0.0014 0.0011
        0.0005 0.0004 0.0002 0.0001 0.0001 0.2751 0.9184 0.9990 0.9991 0.9996 0.9999
    """
    assert found[70:300:10] == pytest.approx([float(one) for one in expected.split()], abs=1e-4)


@settings(max_examples=30)
@given(sizes=st.lists(st.integers(1, 64), min_size=1, max_size=10))
def test_frames_sound_the_same_however_many_are_heard(
    toy_speech: Samples, sizes: list[int]
) -> None:
    network, heard = _network(), frames(toy_speech)
    expected, _ = network.probabilities(heard, network.first_state())
    state, first, parts = network.first_state(), 0, []
    for size in cycle(sizes):
        if first >= len(heard):
            break
        some, state = network.probabilities(heard[first : first + size], state)
        parts.append(some)
        first += size
    np.testing.assert_array_equal(np.concatenate(parts), expected)


def frames(samples: Samples) -> Samples:
    """(frame, sample) as the network hears them, from the first whole one on."""
    return np.lib.stride_tricks.sliding_window_view(samples, 64 + FRAME)[::FRAME].copy()


@pytest.mark.parametrize("level", [0.0, 1e-5, 1e-3, 0.05, 0.5])
def test_silence_and_noise_are_no_speech(level: float) -> None:
    noise = np.random.default_rng(0).normal(0.0, level, 5 * RATE).astype(np.float32)
    assert DETECTOR.speech(noise, RATE) == ()
    assert DETECTOR.speech_share(noise, RATE) == 0.0


def test_real_speech_is_speech_and_music_is_not(shared_data: Path) -> None:
    clip = read_audio(shared_data / "ravdess/Actor_17/03-01-01-01-01-01-17.flac")
    speech = DETECTOR.speech(clip.mono(), clip.sample_rate)
    assert 0.3 < DETECTOR.speech_share(clip.mono(), clip.sample_rate) < 0.8
    assert speech[0].start_seconds > 0.3 and speech[-1].end_seconds < clip.duration_seconds - 0.3
    music = read_audio(shared_data / "noise/music/sorohanro_solo_trumpet_06_0.flac")
    assert DETECTOR.speech_share(music.mono(), music.sample_rate) < 0.1


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
def test_any_rate_tells_the_same(toy_speech: Samples, rate: int) -> None:
    expected = DETECTOR.speech(toy_speech, RATE)
    found = DETECTOR.speech(resample(toy_speech, RATE, rate), rate)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.start_seconds == pytest.approx(other.start_seconds, abs=0.1)
        assert one.end_seconds == pytest.approx(other.end_seconds, abs=0.1)


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_chunks_change_nothing(toy_speech: Samples, rate: int) -> None:
    samples = resample(toy_speech, RATE, rate)
    whole = heard(samples, rate, [])
    chunks = np.sort(np.random.default_rng(1).integers(0, len(samples), 60)).tolist()
    parts = heard(samples, rate, chunks)
    assert parts.take_speech() == whole.take_speech()
    assert parts.share(3.1, 8.2) == whole.share(3.1, 8.2)


@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("last", [0, 1, 700, 60_000])
def test_the_end_may_come_with_the_last_samples(toy_speech: Samples, rate: int, last: int) -> None:
    samples = resample(toy_speech[: 9 * RATE - 100], RATE, rate)
    expected = heard(samples, rate, [])
    stream = DETECTOR.open(rate)
    stream.feed(samples[: len(samples) - last])
    stream.flush(samples[len(samples) - last :])
    assert stream.take_speech() == expected.take_speech()
    assert stream.share(0.0, 9.0) == expected.share(0.0, 9.0) > 0.0


def test_speech_that_the_end_cuts_ends_there(toy_speech: Samples) -> None:
    speech = DETECTOR.speech(toy_speech[: 4 * RATE - 100], RATE)
    assert speech[-1].end_seconds == (4 * RATE - 100) / RATE


def test_a_share_is_that_of_the_frames_that_end_in_it(toy_speech: Samples) -> None:
    stream = heard(toy_speech[: 4 * RATE + 1], RATE, [])
    frames = np.array([stream.share(i * FRAME / RATE, (i + 1) * FRAME / RATE) for i in range(126)])
    assert set(frames.tolist()) == {0.0, 1.0}
    assert stream.share(0.0, 4.0) == pytest.approx(frames[:125].mean())
    assert stream.share(3.0, (4 * RATE + 1) / RATE) == pytest.approx(frames[93:].mean())
    stream.forget(3.0)
    assert stream.share(3.0, 4.0) == pytest.approx(frames[93:125].mean())
    assert stream.share(4.0, 4.0) == 0.0


def test_frames_are_known_when_they_are_over() -> None:
    stream = DETECTOR.open(RATE)
    stream.feed(np.zeros(FRAME - 1, np.float32))
    assert not stream.has_heard(FRAME / RATE)
    stream.feed(np.zeros(1, np.float32))
    assert stream.has_heard(FRAME / RATE) and not stream.has_heard(2 * FRAME / RATE)


def test_streams_share_no_state(toy_speech: Samples) -> None:
    speaking, silent = DETECTOR.open(RATE), DETECTOR.open(RATE)
    for start in range(0, 4 * RATE, 1600):
        speaking.feed(toy_speech[start : start + 1600])
        silent.feed(np.zeros(1600, np.float32))
    assert silent.speaking_since_seconds is None
    assert speaking.speaking_since_seconds == pytest.approx(2.6, abs=0.3)


def test_a_higher_onset_hears_less(toy_speech: Samples) -> None:
    def seconds(found: tuple[Interval, ...]) -> float:
        return sum(one.end_seconds - one.start_seconds for one in found)

    low, high = (ActivityDetector(onset=onset).speech(toy_speech, RATE) for onset in (0.3, 0.98))
    assert 0.0 < seconds(high) < seconds(low)


def test_an_empty_recording_has_no_speech() -> None:
    assert DETECTOR.speech(np.zeros(0, np.float32), RATE) == ()
    assert DETECTOR.speech_share(np.zeros(0, np.float32), RATE) == 0.0
