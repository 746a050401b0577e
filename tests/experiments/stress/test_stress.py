"""A stress test of a model of the level, from clips to files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.experiments.progress_log import ProgressLog

from emotion_classifier.audio.io import write_wav
from emotion_classifier.config import parse_config
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import LabelError
from emotion_classifier.experiments.data.load import DataConfig
from emotion_classifier.experiments.stress import stress as module
from emotion_classifier.experiments.stress.conditions import Condition, stress_conditions
from emotion_classifier.experiments.stress.page import to_page, to_tables, write_stress
from emotion_classifier.experiments.stress.results import StressReport, to_json
from emotion_classifier.experiments.stress.stress import StressOptions, of_each_speaker, stress
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.model_folder.specification import TrainingData

RATE = 16_000
SILENT = StressOptions(sound_seconds=0.0)


@pytest.fixture(scope="module")
def predictor(untrained_model: Path) -> Predictor:
    """Predicts neutral where the mean of a waveform is above a half, sad elsewhere."""
    return Predictor.load(untrained_model, StreamConfig(onset=None), threads=1)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataConfig:
    """Two loud neutral and two quiet sad clips of each of two speakers, and one of an unknown emotion."""
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    for emotion, mean in (("neutral", 0.8), ("sad", 0.1), ("angry", 0.1)):
        (tmp_path / "corpus" / emotion).mkdir(parents=True)
        for number in range(4 if emotion != "angry" else 1):
            tone = mean + (0.1 + 0.01 * number) * np.sin(np.arange(RATE) / 25)
            path = tmp_path / "corpus" / emotion / f"s{number % 2}_{number}.wav"
            write_wav(path, tone.astype(np.float32), RATE)
    corpus = {
        "kind": "folders", "path": str(tmp_path / "corpus"), "speaker_pattern": r"/(s\d)_",
    }  # fmt: skip
    return parse_config(DataConfig, {"corpora": [corpus]}, "test")


@pytest.fixture
def few_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three conditions, for speed."""
    names = ("20 dB quieter", "white noise at 20 dB", "white noise at 10 dB")

    def chosen(noises: Path | None, rooms: Path | None) -> list[Condition]:
        return [one for one in stress_conditions(noises, rooms) if one.name in names]

    monkeypatch.setattr(module, "stress_conditions", chosen)


@pytest.fixture
def report(predictor: Predictor, data: DataConfig, few_conditions: None) -> StressReport:
    return stress(predictor, data, part="all", options=SILENT)


def test_a_gain_changes_a_model_of_the_level(report: StressReport) -> None:
    by_name = {one.name: one for one in report.conditions}
    quieter = by_name["20 dB quieter"]
    assert quieter.model.unchanged.value == 0.5  # all become sad
    assert quieter.model.change.value == -0.5
    assert by_name["white noise at 20 dB"].model.unchanged.value == 1.0
    assert quieter.majority.unchanged.value == 1.0
    assert report.clean_uar.value == 1.0
    assert (report.clips, report.speakers) == (8, 2)
    assert "1 clips of angry" in " ".join(report.warnings)


def test_the_same_seed_gives_the_same_report(
    predictor: Predictor, data: DataConfig, report: StressReport
) -> None:
    again = stress(predictor, data, part="all", options=SILENT)
    ours, theirs = (json.loads(to_json(one))["conditions"] for one in (report, again))
    assert ours == theirs


def test_a_condition_does_not_depend_on_the_others(
    predictor: Predictor,
    data: DataConfig,
    report: StressReport,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only = [one for one in stress_conditions(None, None) if one.name == "white noise at 10 dB"]
    monkeypatch.setattr(module, "stress_conditions", lambda noises, rooms: only)
    (alone,) = stress(predictor, data, part="all", options=SILENT).conditions
    assert alone in report.conditions


def test_a_limit_of_clips_is_reported(
    predictor: Predictor, data: DataConfig, few_conditions: None
) -> None:
    options = replace(SILENT, clips_per_speaker=2)
    found = stress(predictor, data, part="all", options=options)
    assert found.clips == 4
    assert any("4 of 8 clips" in line for line in found.left_out)
    assert found.clean_uar.value == 1.0  # one clip of each emotion and speaker


def test_clips_of_a_speaker_are_spread_over_the_emotions() -> None:
    clips = [
        Utterance(f"c/{e}{n}", Path(f"{e}{n}.wav"), "c", "s", e) for e in "abcd" for n in range(5)
    ]
    assert [u.emotion for u in of_each_speaker(clips, 4)] == list("abcd")
    assert len(of_each_speaker(clips, 7)) == 7
    assert len(of_each_speaker(clips, 100)) == 20


def test_a_corpus_of_the_training_is_a_warning(
    predictor: Predictor, data: DataConfig, few_conditions: None
) -> None:
    trained = TrainingData(corpus="folders", licence="unknown", speakers=2, clips=8)
    specification = predictor.specification.model_copy(update={"training_data": (trained,)})
    own = Predictor(EmotionModel(predictor.model.runtime, specification), predictor.config)
    assert "trained on folders" in " ".join(stress(own, data, part="all", options=SILENT).warnings)


def test_clips_without_an_emotion_of_the_model_are_an_error(
    predictor: Predictor, data: DataConfig
) -> None:
    merged = data.model_copy(
        update={
            "labels": data.labels.model_copy(update={"merge": {"sad": "bored", "neutral": "bored"}})
        }
    )
    with pytest.raises(LabelError, match="bored"):
        stress(predictor, merged, part="all", options=SILENT)


def test_the_files_hold_the_conditions(
    report: StressReport, tmp_path: Path, log: ProgressLog
) -> None:
    write_stress(report, tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    for name in ("report.html", "stress.md", "stress.csv", "stress.json"):
        assert "20 dB quieter" in (folder / name).read_text("utf-8"), name
    assert (folder / "report_tables" / "limits-limits-that-are-met.csv").is_file()
    assert (folder / "background.png").read_bytes().startswith(b"\x89PNG")
    assert [section.title for section in to_page(report).sections] == [
        "Limits", "Background", "Conditions", "Left out", "Facts",
    ]  # fmt: skip
    assert [table.title for table in to_tables(report)] == [
        "Limits that are met", "Background", "Others",
    ]  # fmt: skip


def test_emotions_in_silence_are_counted(
    predictor: Predictor, data: DataConfig, few_conditions: None
) -> None:
    options = StressOptions(sound_seconds=12.0)
    (silence,) = stress(predictor, data, part="all", options=options).false_emotions
    assert silence.sound == "silence" and silence.hours == 12 / 3600
