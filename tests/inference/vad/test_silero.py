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
    Hysteresis,
    QuietGain,
    _network,
)

DETECTOR = ActivityDetector()


def speech_share(samples: Samples, sample_rate: int) -> float:
    stream = DETECTOR.open(sample_rate)
    stream.flush(samples)
    return stream.total_share


def processed(samples: Samples, sample_rate: int, chunks: list[int]) -> ActivityStream:
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
    assert speech_share(toy_speech, RATE) == pytest.approx(inside.mean(), abs=0.04)


def test_the_network_is_that_of_silero(toy_speech: Samples) -> None:
    """Output of ``silero_vad_16k_sequence.onnx`` of its wheel 6.2.3 for every tenth frame."""
    found, _ = _network().probabilities(frames(toy_speech), _network().first_state())
    expected = """
        0.0020 0.0504 0.9969 0.9999 0.9997 0.9996 0.9999 0.0226 0.0040 0.0021 0.0014 0.0011
        0.0005 0.0004 0.0002 0.0001 0.0001 0.2751 0.9184 0.9990 0.9991 0.9996 0.9999
    """
    assert found[70:300:10] == pytest.approx([float(one) for one in expected.split()], abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 64), min_size=1, max_size=10))
def test_frames_have_the_same_probabilities_in_any_batch_size(
    toy_speech: Samples, sizes: list[int]
) -> None:
    network, inputs = _network(), frames(toy_speech)
    expected, _ = network.probabilities(inputs, network.first_state())
    state, first, parts = network.first_state(), 0, []
    for size in cycle(sizes):
        if first >= len(inputs):
            break
        some, state = network.probabilities(inputs[first : first + size], state)
        parts.append(some)
        first += size
    np.testing.assert_array_equal(np.concatenate(parts), expected)


def frames(samples: Samples) -> Samples:
    """(frame, sample) as the network takes them, from the first whole frame on."""
    return np.lib.stride_tricks.sliding_window_view(samples, 64 + FRAME)[::FRAME].copy()


@pytest.mark.parametrize("offset", [0.0, 0.01])
def test_quiet_speech_is_speech(toy_speech: Samples, offset: float) -> None:
    expected = DETECTOR.speech(toy_speech, RATE)
    quiet = toy_speech * np.float32(1e-3 / np.abs(toy_speech).max())  # its peak is at -60 dBFS
    found = DETECTOR.speech(quiet + np.float32(offset), RATE)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.start_seconds == pytest.approx(other.start_seconds, abs=0.2)
        assert one.end_seconds == pytest.approx(other.end_seconds, abs=0.2)


def test_only_quiet_audio_is_amplified_and_not_soon_after_loud_audio() -> None:
    gain = QuietGain()
    peaks = np.array([1e-4, 1e-3, 0.1, 1e-3, 0.0], np.float32)
    gains = gain.of_frames(np.tile(peaks[:, np.newaxis], (1, FRAME)))[:, 0]
    np.testing.assert_allclose(gains, [10.0, 5.62, 1.0, 1.0, 1.0], atol=0.01)
    minute = gain.of_frames(np.full((2500, FRAME), 1e-3, np.float32))[-1, 0]
    assert minute == pytest.approx(gains[1], abs=0.01)


@pytest.mark.parametrize("level", [1e-3, 1e-4])
def test_quiet_hum_and_coloured_noise_are_no_speech(level: float) -> None:
    generator = np.random.default_rng(0)
    times = np.arange(6 * RATE) / RATE
    rumble = np.cumsum(generator.normal(0.0, 1.0, len(times)))
    rumble -= np.convolve(rumble, np.ones(400) / 400, "same")
    hum = np.sin(2 * np.pi * 50 * times) + 0.3 * np.sin(2 * np.pi * 150 * times)
    for sound in (rumble, hum):
        quiet = (level * sound / np.abs(sound).max()).astype(np.float32)
        assert DETECTOR.speech(quiet, RATE) == ()


@pytest.mark.parametrize("level", [0.0, 1e-5, 2e-4, 1e-3, 0.05, 0.5])
def test_silence_and_noise_are_no_speech(level: float) -> None:
    noise = np.random.default_rng(0).normal(0.0, level, 5 * RATE).astype(np.float32)
    assert DETECTOR.speech(noise, RATE) == ()
    assert speech_share(noise, RATE) == 0.0


def test_real_speech_is_speech_and_music_is_not(shared_data: Path) -> None:
    clip = read_audio(shared_data / "ravdess/Actor_17/03-01-01-01-01-01-17.flac")
    speech = DETECTOR.speech(clip.mono(), clip.sample_rate)
    assert 0.3 < speech_share(clip.mono(), clip.sample_rate) < 0.8
    assert speech[0].start_seconds > 0.3 and speech[-1].end_seconds < clip.duration_seconds - 0.3
    music = read_audio(shared_data / "noise/music/sorohanro_solo_trumpet_06_0.flac")
    assert speech_share(music.mono(), music.sample_rate) < 0.1


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
def test_any_rate_gives_the_same_speech(toy_speech: Samples, rate: int) -> None:
    expected = DETECTOR.speech(toy_speech, RATE)
    found = DETECTOR.speech(resample(toy_speech, RATE, rate), rate)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.start_seconds == pytest.approx(other.start_seconds, abs=0.1)
        assert one.end_seconds == pytest.approx(other.end_seconds, abs=0.1)


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_chunks_change_nothing(toy_speech: Samples, rate: int) -> None:
    samples = resample(toy_speech, RATE, rate)
    whole = processed(samples, rate, [])
    chunks = np.sort(np.random.default_rng(1).integers(0, len(samples), 60)).tolist()
    parts = processed(samples, rate, chunks)
    assert parts.take_speech() == whole.take_speech()
    assert parts.share(3.1, 8.2) == whole.share(3.1, 8.2)


@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("last", [0, 1, 700, 60_000])
def test_the_end_may_come_with_the_last_samples(toy_speech: Samples, rate: int, last: int) -> None:
    samples = resample(toy_speech[: 9 * RATE - 100], RATE, rate)
    expected = processed(samples, rate, [])
    stream = DETECTOR.open(rate)
    stream.feed(samples[: len(samples) - last])
    stream.flush(samples[len(samples) - last :])
    assert stream.take_speech() == expected.take_speech()
    assert stream.share(0.0, 9.0) == expected.share(0.0, 9.0) > 0.0


def test_speech_that_the_end_cuts_ends_there(toy_speech: Samples) -> None:
    speech = DETECTOR.speech(toy_speech[: 4 * RATE - 100], RATE)
    assert speech[-1].end_seconds == (4 * RATE - 100) / RATE


def test_a_share_is_that_of_frames_that_end_in_the_interval(toy_speech: Samples) -> None:
    stream = processed(toy_speech[: 4 * RATE + 1], RATE, [])
    frames = np.array([stream.share(i * FRAME / RATE, (i + 1) * FRAME / RATE) for i in range(125)])
    assert set(frames.tolist()) == {0.0, 1.0}
    assert stream.share(0.0, 4.0) == pytest.approx(frames[:125].mean())
    assert stream.share(3.0, (4 * RATE + 1) / RATE) == pytest.approx(frames[93:].mean())
    stream.drop(3.0)
    assert stream.share(3.0, 4.0) == pytest.approx(frames[93:125].mean())
    assert stream.share(4.0, 4.0) == 0.0


def test_frames_are_known_when_they_are_over() -> None:
    stream = DETECTOR.open(RATE)
    stream.feed(np.zeros(FRAME - 1, np.float32))
    assert not stream.is_known(FRAME / RATE)
    stream.feed(np.zeros(1, np.float32))
    assert stream.is_known(FRAME / RATE) and not stream.is_known(2 * FRAME / RATE)


def test_streams_share_no_state(toy_speech: Samples) -> None:
    speaking, silent = DETECTOR.open(RATE), DETECTOR.open(RATE)
    for start in range(0, 4 * RATE, 1600):
        speaking.feed(toy_speech[start : start + 1600])
        silent.feed(np.zeros(1600, np.float32))
    assert silent.speaking_since_seconds is None
    assert speaking.speaking_since_seconds == pytest.approx(2.6, abs=0.3)


def test_a_higher_onset_detects_less_speech(toy_speech: Samples) -> None:
    def seconds(found: tuple[Interval, ...]) -> float:
        return sum(one.end_seconds - one.start_seconds for one in found)

    low, high = (ActivityDetector(onset=onset).speech(toy_speech, RATE) for onset in (0.3, 0.98))
    assert 0.0 < seconds(high) < seconds(low)


def test_an_empty_recording_has_no_speech() -> None:
    assert DETECTOR.speech(np.zeros(0, np.float32), RATE) == ()
    assert speech_share(np.zeros(0, np.float32), RATE) == 0.0


def stretches(probabilities: list[float], onset: float = 0.5) -> list[tuple[int, int]]:
    rule = Hysteresis(onset, frame=FRAME, least_silence=1600, padding=480)
    found = [rule.feed(probability) for probability in probabilities]
    found.append(rule.flush(len(probabilities) * FRAME))
    return [one for one in found if one is not None]


def silero(probabilities: list[float]) -> list[tuple[int, int]]:
    """The iterator of silero-vad 6.2.3, with its defaults, to the letter."""
    triggered, temp_end, current, start = False, 0, 0, 0
    found = []
    for probability in probabilities:
        current += FRAME
        if probability >= 0.5 and temp_end:
            temp_end = 0
        if probability >= 0.5 and not triggered:
            triggered = True
            start = max(0, current - 480 - FRAME)
            continue
        if probability < 0.5 - 0.15 and triggered:
            if not temp_end:
                temp_end = current
            if current - temp_end < 1600:
                continue
            found.append((start, temp_end + 480 - FRAME))
            temp_end, triggered = 0, False
    return found


def test_speech_begins_at_the_onset_and_ends_after_100_ms_of_silence() -> None:
    quiet, loud = [0.1] * 10, [0.9] * 10
    assert stretches(quiet + loud + quiet) == [(10 * FRAME - 480, 20 * FRAME + 480)]
    assert stretches(loud + quiet) == [(0, 10 * FRAME + 480)]
    assert stretches(quiet) == []


def test_short_pauses_and_doubtful_frames_do_not_end_speech() -> None:
    for between in ([0.1] * 4, [0.4] * 30, [0.1, 0.1, 0.6] * 10):
        assert len(stretches([0.9] * 5 + between + [0.9] * 5 + [0.0] * 9)) == 1
    assert len(stretches([0.9] * 5 + [0.1] * 5 + [0.9] * 5)) == 2
    # Doubtful frames do not begin speech, nor do they interrupt the silence that ends it.
    assert stretches([0.4] * 30) == []
    assert stretches([0.9] * 5 + [0.1, 0.4, 0.4, 0.4, 0.1])[0][1] == 5 * FRAME + 480


def test_the_end_of_the_recording_ends_speech() -> None:
    assert stretches([0.9] * 3) == [(0, 3 * FRAME)]
    assert stretches([0.9] * 3 + [0.1]) == [(0, 3 * FRAME + 480)]


def test_a_low_onset_still_has_an_offset() -> None:
    assert stretches([0.06] * 4 + [0.0] * 9, onset=0.05) == [(0, 4 * FRAME + 480)]


def test_is_the_rule_of_silero() -> None:
    generator = np.random.default_rng(0)
    steps = generator.normal(0.0, 0.2, (20, 400)).cumsum(1)
    for walk in 0.5 + 0.5 * np.sin(steps):
        walk = [*walk.tolist(), *[0.0] * 6]
        assert stretches(walk) == silero(walk)
