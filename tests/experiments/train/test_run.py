"""One whole run, from corpus to report."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch
import yaml
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata

from emotion_classifier.audio.io import write_wav
from emotion_classifier.config import dump_config, load_config, parse_config
from emotion_classifier.corpora.splits import Split
from emotion_classifier.evaluation.metrics import confusion, uar
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.run import _paths, find_run
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import read_specification
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]

FAILED = 2
BEFORE_THE_MODEL = {
    "event": "os.mkdir",
    "path": r"/model$",
    "occurrence": 1,
    "signal": signal.SIGKILL,
}


def trained_weights(run: Path) -> dict[str, torch.Tensor]:
    checkpoint = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)
    weights: dict[str, torch.Tensor] = checkpoint["state_dict"]
    return weights


def test_a_run_has_all_its_files(finished_run: Path) -> None:
    found = {path.name.partition(".tfevents.")[0] for path in finished_run.iterdir()}
    assert found == {
        "checkpoints",
        "checksums.sha256",
        "config.yml",
        "confusion.csv",
        "confusion.gif",
        "environment.json",
        "history.csv",
        "left_out.csv",
        "misclassified",
        "model",
        "predictions.csv",
        "report.html",
        "report.json",
        "report.md",
        "report_tables",
        "split.csv",
        "events.out",
        "projector",
        "projector_config.pbtxt",
    }
    assert not list(finished_run.rglob("*.tmp"))


def test_tensorboard_has_the_run_as_one_row_with_its_scores(finished_run: Path) -> None:
    events = EventAccumulator(str(finished_run))
    events.Reload()
    start = events.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    settings = metadata.parse_session_start_info_plugin_data(start).hparams
    assert settings["model.network.kind"].string_value == "cnn"
    assert settings["training.learning_rate"].number_value == 0.01
    report = json.loads((finished_run / "report.json").read_text("utf-8"))
    history = read_history(finished_run / "history.csv")
    best = max(history, key=lambda row: row.validation_uar)
    (tested,) = events.Scalars("test/uar")
    assert tested.step == best.epoch
    assert tested.value == pytest.approx(report["overall"]["uar"]["value"])
    assert events.Scalars("best/validation_uar")[-1].value == pytest.approx(best.validation_uar)


def test_config_has_the_requested_settings_and_every_default(
    finished_run: Path, tiny_config: Path
) -> None:
    written = finished_run / "config.yml"
    assert load_config(RunConfig, written) == load_config(RunConfig, tiny_config)
    content = yaml.safe_load(written.read_text("utf-8"))
    assert content["training"]["label_smoothing"] == 0.1
    assert content["seed"] == 0


def test_no_speaker_is_in_two_parts(finished_run: Path) -> None:
    parts = defaultdict(set)
    with (finished_run / "split.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            parts[row["speaker"]].add(row["part"])
    assert len(parts) == 6
    assert all(len(found) == 1 for found in parts.values())
    assert set.union(*parts.values()) == {"train", "validation", "test"}


def test_predictions_are_of_the_test_part_and_agree_with_the_report(finished_run: Path) -> None:
    scored = read_predictions(finished_run / "predictions.csv")
    split = Split.load(finished_run / "split.csv")
    assert set(scored.ids) == {name for name, part in split.parts.items() if part == "test"}
    report = json.loads((finished_run / "report.json").read_text("utf-8"))
    counts = confusion(scored.true, scored.predicted, len(scored.labels))
    assert report["confusion"] == counts.tolist()
    assert report["overall"]["clips"] == len(scored.ids)
    assert report["overall"]["uar"]["value"] == pytest.approx(uar(counts))
    # One epoch on two emotions learns nothing, and the report says so.
    assert all("is not better than the baseline" in warning for warning in report["warnings"])
    assert {one["score"]["name"] for one in report["baselines"]} == {
        "chance",
        "majority",
        "duration only",
    }


def test_the_test_part_is_scored_with_the_predictions_of_users(finished_run: Path) -> None:
    scored = read_predictions(finished_run / "predictions.csv")
    predictor = Predictor.load(finished_run, threads=1)
    for file, probabilities in zip(scored.files, scored.probabilities, strict=True):
        np.testing.assert_allclose(predictor.predict(file).probabilities, probabilities, atol=1e-5)


def test_the_model_has_its_origin(finished_run: Path) -> None:
    specification = read_specification(finished_run / "model")
    assert specification.name == "toy-tiny"
    assert set(specification.emotions) == {"angry", "happy", "sad"}
    assert specification.input.seconds == 0.6
    (data,) = specification.training_data
    assert (data.corpus, data.speakers, data.clips) == ("toy", 4, 24)
    assert data.licence
    assert specification.notes == ()
    best = max(row.validation_uar for row in read_history(finished_run / "history.csv"))
    assert specification.validation_uar == best
    weights = safetensors.numpy.load_file(finished_run / "model" / "weights.safetensors")
    for name, value in trained_weights(finished_run).items():
        assert np.array_equal(weights[name.removeprefix("classifier.")], value.numpy())


def test_the_history_is_in_the_report(finished_run: Path) -> None:
    rows = read_history(finished_run / "history.csv")
    assert [row.epoch for row in rows] == [1, 2, 3, 4]
    report = json.loads((finished_run / "report.json").read_text("utf-8"))
    assert [row["validation_uar"] for row in report["history"]] == [
        row.validation_uar for row in rows
    ]
    assert "<html" in (finished_run / "report.html").read_text("utf-8")


def test_a_second_run_with_the_same_label_gets_a_folder_of_its_own(
    emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        emotion("train", tiny_config, "--runs", tmp_path, stop=BEFORE_THE_MODEL)
    assert sorted(path.name for path in (tmp_path / "toy").iterdir()) == ["tiny", "tiny-2"]
    one, other = (trained_weights(tmp_path / "toy" / name) for name in ("tiny", "tiny-2"))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_is_not_continued_while_another_process_trains_it(
    emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    emotion("train", tiny_config, "--runs", tmp_path, stop=BEFORE_THE_MODEL)
    run = RunFolder(tmp_path / "toy" / "tiny")
    before = run.history.read_bytes()
    with run.locked():
        process = emotion("train", "--resume", run.path, expect=FAILED)
    assert "is in use" in process.stdout
    assert run.history.read_bytes() == before
    assert not run.report.exists()


@pytest.mark.parametrize("part", ["test", "train"])
def test_only_the_training_part_makes_weights_and_statistics(
    part: str, emotion: Emotion, tiny_config: Path, finished_run: Path, tmp_path: Path
) -> None:
    """Louder clips in the test part change nothing; in the training part they do."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    split = Split.load(finished_run / "split.csv")
    rng = np.random.default_rng(0)
    for clip in tiny_config.with_name("corpus").iterdir():
        if split.parts.get(f"toy/{clip.stem}") == part:
            noise = 0.3 * rng.standard_normal(20_000)
            write_wav(corpus / clip.name, noise.astype(np.float32), 16_000)
        else:
            (corpus / clip.name).write_bytes(clip.read_bytes())
    arguments = (tiny_config, f"corpora.0.path={corpus}", "--runs", tmp_path / "runs")
    emotion("train", *arguments, stop=BEFORE_THE_MODEL)
    run = tmp_path / "runs" / "toy" / "tiny"
    assert Split.load(run / "split.csv") == split
    found, expected = trained_weights(run), trained_weights(finished_run)
    same = {name: torch.equal(found[name], expected[name]) for name in expected}
    assert all(same.values()) == (part == "test")
    assert same["classifier.standardisation.mean"] == (part == "test")


def test_a_leak_is_refused_and_marks_everything_where_it_is_allowed(
    emotion: Emotion, tiny_config: Path, finished_run: Path, tmp_path: Path
) -> None:
    leaky = "split={kind: random_clips, allow_leak: %s}"
    refused = emotion("train", tiny_config, leaky % "false", "--runs", tmp_path)
    assert refused.returncode == FAILED and "allow_leak" in refused.stdout
    assert not (tmp_path / "toy").exists()

    graph = str(finished_run / "model" / "model.onnx")
    allowed = emotion("train", tiny_config, leaky % "true", "--runs", tmp_path, graph=graph)
    assert allowed.returncode == 0, allowed.stdout
    run = tmp_path / "toy" / "tiny"
    notes = read_specification(run / "model").notes
    assert notes and all(note.startswith("Leak: ") for note in notes)
    warnings = json.loads((run / "report.json").read_text("utf-8"))["warnings"]
    assert [warning for warning in warnings if "baseline" not in warning] == list(notes)
    assert "leak" in (run / "report.html").read_text("utf-8").lower()
    assert "warning: " in allowed.stdout
    assert Split.load(run / "split.csv").leaks

    # A later evaluation of this model reports the leak too.
    scored = emotion("evaluate", run, "--part", "validation")
    assert scored.returncode == 0, scored.stdout
    assert "Leak: " in scored.stdout


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["input.minimum_seconds=0.01"], "input.minimum_seconds: 0.01 is shorter"),
        (["input.seconds=0.2"], "input.seconds: 0.2 is below input.minimum_seconds"),
        (["input.minimum_seconds=50", "input.seconds=60"], "no clip of toy"),
        (["model.frontend.mels=256"], "mel bands would hold no frequency"),
        (["model.frontend.high_hz=9000"], "half the sample rate"),
        (["label=a/b"], "cannot name a run"),
        (["labels.merge={calm: sad}"], "labels.merge: no corpus of this run has 'calm'"),
        (["corpus_splits={ravdess: {kind: speakers}}"], "corpus_splits names ravdess"),
        (["training.emotion_weights={joy: 2}"], "training.emotion_weights: joy: the emotions"),
        (
            [
                "training.adversary={}",
                "split={kind: speakers, train: 0.17, validation: 0.17, test: 0.66}",
            ],
            "training.adversary: the training part has 1 speaker",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_settings_that_cannot_work_are_refused_before_there_is_a_run(
    settings: list[str], message: str, emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    ended = emotion("train", tiny_config, *settings, "--runs", tmp_path)
    assert ended.returncode == FAILED, ended.stdout
    assert message in ended.stdout and "Traceback" not in ended.stdout
    assert not list(tmp_path.rglob("config.yml"))


def test_the_prior_of_the_classes_can_be_the_first_prediction(
    emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    settings = ("model.head.log_prior_bias=true", "training.epochs=1", "labels.merge={happy: sad}")
    quiet = "training.learning_rate=1e-9"
    emotion("train", tiny_config, *settings, quiet, "--runs", tmp_path, stop=BEFORE_THE_MODEL)
    weights = trained_weights(tmp_path / "toy" / "tiny")
    shares = weights["classifier.head.output.bias"].softmax(0)
    assert sorted(shares.tolist()) == pytest.approx([1 / 3, 2 / 3], abs=1e-4)


def test_a_run_is_found_beside_runs_whose_settings_cannot_be_read(
    tiny_config: Path, tmp_path: Path
) -> None:
    config = load_config(RunConfig, tiny_config)
    written = {"tiny": "[", "tiny-2": dump_config(config) + "later: 1\n", "tiny-fold1": "["}
    for name, text in {**written, "tiny-3": dump_config(config)}.items():
        (tmp_path / "toy" / name).mkdir(parents=True)
        (tmp_path / "toy" / name / "config.yml").write_text(text, "utf-8")
    assert find_run(config, tmp_path) == RunFolder(tmp_path / "toy" / "tiny-3")


def test_only_runs_with_the_label_of_the_settings_are_read(
    tiny_config: Path, tmp_path: Path
) -> None:
    config = load_config(RunConfig, tiny_config)
    for name in ("tiny-fold1", "tiny-folds", "tinyx"):
        (tmp_path / "toy" / name).mkdir(parents=True)
        (tmp_path / "toy" / name / "config.yml").write_text(dump_config(config), "utf-8")
    assert find_run(config, tmp_path) is None


def test_every_path_of_the_settings_is_found() -> None:
    document = {
        "corpora": [{"kind": "toy", "path": "a"}, {"kind": "ravdess", "path": "b"}],
        "split": {"kind": "file", "path": "c.csv"},
    }
    config = parse_config(RunConfig, document)
    assert {Path("a"), Path("b"), Path("c.csv")} <= set(_paths(config.model_dump()))
