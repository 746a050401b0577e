"""Processor time of a recording, against the bare networks on the same windows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np
import pytest

from emotion_classifier import load
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.timeline.analyse import analyse
from emotion_classifier.inference.vad.silero import ActivityDetector

RATE = 16_000


def processor_seconds(run: Callable[[], object], rounds: int = 4) -> float:
    """The least of a few rounds, of all threads."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        time.sleep(0.02)  # in which threads must not spin
        taken.append(time.process_time() - start)
    return min(taken)


@pytest.mark.skipif(os.cpu_count() == 1, reason="a single core has one thread, which cannot spin")
def test_a_recording_costs_little_more_than_the_networks_on_its_windows(
    toy_speech: Samples,
) -> None:
    model, detector = EmotionModel.load(threads=1), ActivityDetector()
    windows = [toy_speech[second * RATE : (second + 5) * RATE] for second in range(9)]
    waveform = Waveform(toy_speech[np.newaxis], RATE)
    predictor = load()

    def networks() -> None:
        for window in windows:
            model.runtime.logits(window[np.newaxis], np.array([len(window)]))
        detector.speech(toy_speech, RATE)

    bare = processor_seconds(networks)
    for run in (lambda: predictor.predict(waveform), lambda: analyse(predictor, waveform)):
        assert processor_seconds(run) < 2.2 * bare
