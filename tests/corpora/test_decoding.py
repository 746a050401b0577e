"""One pass over the recordings: order, errors as values, progress."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.waveform import Waveform
from emotion_classifier.corpora.decoding import measure_all
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import AudioError


def utterances(folder: Path, count: int) -> list[Utterance]:
    """Clips of 1, 2, 3 ... hundred samples."""
    made = []
    for number in range(1, count + 1):
        path = folder / f"{number:03d}.wav"
        write_wav(path, np.zeros(100 * number, np.float32), 16_000)
        made.append(Utterance(f"c/{path.stem}", path, "c", "s", "sad"))
    return made


def length(waveform: Waveform) -> int:
    return len(waveform.samples[0])


def test_results_come_in_order_and_progress_counts(tmp_path: Path) -> None:
    clips = utterances(tmp_path, 100)
    seen: list[tuple[int, int]] = []
    results = list(measure_all(clips, length, progress=lambda *state: seen.append(state)))
    assert results == [(one, 100 * number) for number, one in enumerate(clips, start=1)]
    assert seen == [(number, 100) for number in range(1, 101)]


def test_decoding_errors_are_values(tmp_path: Path) -> None:
    clips = utterances(tmp_path, 3)
    clips[1].path.unlink()
    first, second, third = (result for _, result in measure_all(clips, length))
    assert (first, third) == (100, 300)
    assert isinstance(second, AudioError)
    assert second.code == "missing"


def test_no_utterances_give_no_results() -> None:
    assert list(measure_all([], length)) == []


def test_stopping_early_leaves_the_rest_undecoded(tmp_path: Path) -> None:
    measured: list[int] = []

    def measure(waveform: Waveform) -> int:
        measured.append(length(waveform))
        return measured[-1]

    results = measure_all(utterances(tmp_path, 80), measure)
    assert next(results)[1] == 100
    results.close()
    assert len(measured) < 80
