"""Thresholds of trimming: removed audio and lost speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.corpora.corpus import Corpus
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import CorpusError
from emotion_classifier.experiments.data.trimming import compare_trimming, trimming_table
from emotion_classifier.rendering.tables import to_text

RATE = 16_000


def corpus_of(folder: Path, *clips: np.ndarray[tuple[int], np.dtype[np.float32]]) -> Corpus:
    utterances = []
    for number, samples in enumerate(clips):
        path = folder / f"{number}.wav"
        write_wav(path, samples, RATE)
        utterances.append(Utterance(f"c/{number}", path, "c", "s", "happy"))
    return Corpus("c", folder, tuple(utterances))


def quiet_second_half() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Speech, again 30 dB quieter, and 2 s of silence on each side."""
    generator = np.random.default_rng(3)
    speaker = ToySpeaker.draw("female", generator)
    speech = synthesise(speaker, "neutral", TOY_SENTENCES[0], generator, sample_rate=RATE)
    loud = speech.astype(np.float32)
    silence = np.zeros(2 * RATE, np.float32)
    return np.concatenate([silence, loud, 10 ** (-30 / 20) * loud, silence])


def test_a_low_threshold_loses_speech_and_a_high_removes_silence_alone(tmp_path: Path) -> None:
    found = compare_trimming(corpus_of(tmp_path, quiet_second_half()), [60.0, 20.0, 40.0])
    assert found.below_db == (20.0, 40.0, 60.0)
    assert found.clips == 1
    low, middle, high = found.removed_share
    assert low > middle >= high > 0.3
    assert found.lost_share[0] > 0.2
    assert found.lost_share[2] < 0.05
    assert found.losing_clips[0] == 1


def test_the_table_highlights_the_threshold_in_use(tmp_path: Path) -> None:
    noise = 0.01 * np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    corpus = corpus_of(tmp_path, quiet_second_half(), noise)
    table = trimming_table(compare_trimming(corpus, [40.0, 30.0]), 40.0)
    assert [row[0] for row in table.rows] == ["30", "40"]
    assert table.strong == {1}
    assert "1 of 2 clips" in to_text(table)


def test_a_corpus_without_speech_or_readable_files_is_refused(tmp_path: Path) -> None:
    noise = 0.01 * np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    corpus = corpus_of(tmp_path, noise)
    with pytest.raises(CorpusError, match="no speech"):
        compare_trimming(corpus, [40.0])
    corpus.utterances[0].path.write_bytes(b"")
    with pytest.raises(CorpusError, match="can be decoded"):
        compare_trimming(corpus, [40.0])
