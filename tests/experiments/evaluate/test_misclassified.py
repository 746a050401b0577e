"""Copies of misclassified clips and their page."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import read_audio, write_wav
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import AudioError
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.experiments.evaluate.misclassified import write_misclassified

LABELS = LabelSet(("calm", "happy", "sad"))
# Probabilities of five clips that are all sad: one is correct, four are misclassified.
ANSWERS = [(0.6, 0.3, 0.1), (0.1, 0.1, 0.8), (0.02, 0.97, 0.01), (0.8, 0.1, 0.1), (0.6, 0.3, 0.1)]


@pytest.fixture
def scored(tmp_path: Path) -> LabelledPredictions:
    """Clips in files that are the longer, the later they are."""
    files = tuple(tmp_path / f"clip {place}.FLAC" for place in range(len(ANSWERS)))
    for place, file in enumerate(files):
        samples = np.random.default_rng(place).normal(0, 0.1, 400 * (place + 1))
        write_wav(file, samples.astype(np.float32), 8_000)
    nothing = (None,) * len(files)
    return LabelledPredictions(
        labels=LABELS,
        ids=tuple(f"own/set {place}/clip:{place}" for place in range(len(files))),
        files=tuple(map(str, files)),
        corpora=("own",) * len(files),
        speakers=("own/a",) * len(files),
        sexes=nothing,
        intensities=nothing,
        durations_seconds=np.linspace(0.05, 0.25, len(files)),
        true=np.full(len(files), LABELS.index("sad")),
        probabilities=np.array(ANSWERS, np.float32),
    )


def copies(folder: Path) -> list[str]:
    left_out = (".html", ".png")
    return sorted(path.name for path in folder.iterdir() if path.suffix not in left_out)


def test_misclassified_clips_are_copied_most_confident_first(
    scored: LabelledPredictions, tmp_path: Path
) -> None:
    folder = tmp_path / "misclassified"
    assert write_misclassified(scored, folder, 100, "run") == folder / "index.html"
    assert copies(folder) == [
        "001_0.97_true-sad_predicted-happy_own_set_2_clip_2.FLAC",
        "002_0.80_true-sad_predicted-calm_own_set_3_clip_3.FLAC",
        "003_0.60_true-sad_predicted-calm_own_set_0_clip_0.FLAC",
        "004_0.60_true-sad_predicted-calm_own_set_4_clip_4.FLAC",
    ]
    assert [read_audio(folder / name).mono().size for name in copies(folder)] == [
        1200,
        1600,
        400,
        2000,
    ]
    assert all((folder / f"{name}.png").is_file() for name in copies(folder))


def test_the_page_plays_them_in_order_and_counts_all(
    scored: LabelledPredictions, tmp_path: Path
) -> None:
    page = write_misclassified(scored, tmp_path / "m", 2, "demo / run").read_text("utf-8")
    assert "Misclassified: demo / run" in page
    assert "4 of 5 clips were misclassified; the 2 most confident are here." in page
    assert re.findall(r'<audio [^>]*src="([^"]+)"', page) == copies(tmp_path / "m")
    assert "97% happy, 1% sad; 0.2 s; own/set 2/clip:2, speaker own/a" in page
    assert "sad taken for calm" in page


def test_files_of_an_earlier_call_are_replaced_and_others_stay(
    scored: LabelledPredictions, tmp_path: Path
) -> None:
    folder = tmp_path / "m"
    write_misclassified(scored, folder, 100, "run")
    (folder / "notes.txt").write_text("mine")
    (folder / ".0123abc.tmp").write_text("of a process that was killed")
    write_misclassified(scored, folder, 1, "run")
    assert copies(folder) == [
        "001_0.97_true-sad_predicted-happy_own_set_2_clip_2.FLAC",
        "notes.txt",
    ]


def test_a_page_without_misclassified_clips_has_a_note(
    scored: LabelledPredictions, tmp_path: Path
) -> None:
    page = write_misclassified(scored.select(scored.correct), tmp_path / "m", 100, "run")
    assert copies(tmp_path / "m") == []
    assert "0 of 1 clips were misclassified." in page.read_text("utf-8")


def test_any_name_becomes_a_file_name(scored: LabelledPredictions, tmp_path: Path) -> None:
    odd = ("<&>'\"" * 60, "悲しみ" * 100, "nul\udcff\n", "../../up")
    wrong = scored.select(~scored.correct)
    named = dataclasses.replace(wrong, ids=odd)
    folder = tmp_path / "m"
    write_misclassified(named, folder, 100, "run")
    names = copies(folder)
    assert len(names) == 4
    assert all(len(name.encode()) < 255 for name in names)
    assert not any(set(name) & set('<>:"/\\|?*\n\udcff') for name in names)


def test_a_missing_clip_is_named(scored: LabelledPredictions, tmp_path: Path) -> None:
    Path(scored.files[2]).unlink()
    with pytest.raises(AudioError, match=r"clip 2\.FLAC: there is no such file"):
        write_misclassified(scored, tmp_path / "m", 100, "run")


def test_the_page_sorts_by_confidence_duration_and_speaker(
    scored: LabelledPredictions, tmp_path: Path
) -> None:
    page = write_misclassified(scored, tmp_path / "m", 100, "run").read_text("utf-8")
    assert re.findall(r"--rank-1: (\d)", page) == ["1", "2", "0", "3"]  # 0.15, 0.20, 0.05, 0.25 s
    assert re.findall(r"--rank-2: (\d)", page) == ["0", "1", "2", "3"]  # one speaker
    assert re.findall(r'id="list-0-0-order-\d"[^>]*><span>(\w+)', page) == [
        "confidence",
        "duration",
        "speaker",
    ]
