from __future__ import annotations

import numpy as np

from emotion_classifier.inference.vad.hysteresis import Hysteresis

FRAME = 512


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
