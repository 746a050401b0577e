from __future__ import annotations

import json
import multiprocessing
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.config import load_config
from emotion_classifier.errors import RunError
from emotion_classifier.experiments.cross_validation.cross_validation import cross_validate
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.model_folder.folder import GRAPH, read_specification
from emotion_classifier.progress import Progress
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.predictions_file import read_predictions

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]

FAILED = 2
TWO_FOLDS = "split={kind: k_fold, folds: 2}"
THREE_OF_TOY = "corpus_splits={toy: {kind: k_fold, folds: 3, fold: 1}}"


@pytest.mark.slow
def test_a_killed_cross_validation_resumes_and_pools_the_test_parts(
    emotion: Emotion, tiny_config: Path, finished_run: Path, tmp_path: Path
) -> None:
    graph = str(finished_run / "model" / GRAPH)
    arguments = ("cross-validate", tiny_config, TWO_FOLDS, "--runs", tmp_path)
    kill = {
        "event": "os.rename",
        "path": r"fold2/checkpoints/last\.ckpt$",
        "occurrence": 3,
        "signal": signal.SIGKILL,
    }
    assert emotion(*arguments, stop=kill, graph=graph).returncode == -signal.SIGKILL
    folds = [tmp_path / "toy" / f"tiny-fold{number}" for number in (1, 2)]
    first_report = (folds[0] / "report.json").stat().st_mtime_ns
    assert len(read_history(folds[1] / "history.csv")) == 3

    ended = emotion(*arguments, graph=graph)
    assert ended.returncode == 0, ended.stdout
    assert (folds[0] / "report.json").stat().st_mtime_ns == first_report
    assert "epoch 1/4" not in ended.stdout and "epoch 3/4" in ended.stdout

    together = read_predictions(tmp_path / "toy" / "tiny-folds" / "predictions.csv")
    apart = [read_predictions(fold / "predictions.csv") for fold in folds]
    assert together.ids == apart[0].ids + apart[1].ids
    assert len(set(together.ids)) == 36  # every clip was tested once
    assert not set(apart[0].speakers) & set(apart[1].speakers)
    report = json.loads((tmp_path / "toy" / "tiny-folds" / "report.json").read_text("utf-8"))
    assert report["overall"]["clips"] == 36
    assert report["overall"]["uar"]["interval"] is not None
    assert len(report["speakers"]) == 6
    assert report["target"] == "intended"
    assert report["folds"]["runs"] == {"fold 1": ["tiny-fold1"], "fold 2": ["tiny-fold2"]}
    assert [one["clips"] for one in report["folds"]["scores"]] == [18, 18]
    assert "Each fold" in ended.stdout and "Emotions over the folds" in ended.stdout
    rows = {row["score"]["name"]: row for row in report["baselines"]}
    assert set(rows) == {"chance", "majority", "duration only"}
    assert rows["duration only"]["score"]["clips"] == 36
    assert rows["majority"]["note"].endswith("in the training part, of each fold its own")

    again = emotion(*arguments)
    assert again.returncode == 0 and "epoch" not in again.stdout
    written = together.ids
    assert emotion(*arguments, "--fold", "1").returncode == 0
    assert read_predictions(tmp_path / "toy" / "tiny-folds" / "predictions.csv").ids == written
    part = read_predictions(tmp_path / "toy" / "tiny-folds-2" / "predictions.csv")
    assert part.ids == apart[0].ids
    assert emotion(*arguments).returncode == 0
    assert sorted(path.name for path in (tmp_path / "toy").iterdir()) == [
        "tiny-fold1",
        "tiny-fold2",
        "tiny-folds",
        "tiny-folds-2",
    ]


@pytest.mark.slow
def test_clips_that_are_added_after_the_folds_are_named_and_not_counted(
    emotion: Emotion, tiny_config: Path, finished_run: Path, tmp_path: Path
) -> None:
    for clip in tiny_config.with_name("corpus").glob("*.wav"):
        folder = tmp_path / "corpus" / clip.name.split("_")[1]
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(clip, folder)
    corpus = {"kind": "folders", "path": str(tmp_path / "corpus"), "speaker_pattern": "/([0-9]+)"}
    arguments = (
        "cross-validate", tiny_config, TWO_FOLDS, "training.epochs=1",
        f"corpora={json.dumps([{**corpus, 'name': 'own'}])}", "--runs", tmp_path,
    )  # fmt: skip
    graph = str(finished_run / "model" / GRAPH)
    facts = []
    for _ in range(2):
        ended = emotion(*arguments, graph=graph)
        assert ended.returncode == 0, ended.stdout
        report = json.loads((tmp_path / "toy" / "tiny-folds" / "report.json").read_text("utf-8"))
        facts.append(report["provenance"]["corpora"])
        noise = 0.1 * np.random.default_rng(0).standard_normal(16_000)
        write_wav(tmp_path / "corpus" / "sad" / "99.wav", noise.astype(np.float32), 16_000)
    assert facts[0] == facts[1]
    (warning,) = (one for one in report["warnings"] if "are not used" in one)
    assert "1 clips are not used by 2 of 2 runs" in warning and "own/sad/99" in warning


@pytest.mark.slow
def test_a_killed_process_leaves_its_fold_alone_to_be_resumed(
    emotion: Emotion,
    environment: dict[str, str],
    tiny_config: Path,
    finished_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("EMOTION_CACHE", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, environment[name])
    killed: list[str] = []

    def kill_the_first_that_trains(progress: Progress) -> None:
        if "epoch 2/4" in progress.text and not killed:
            killed.append(progress.text.partition(":")[0])
            number = int(progress.task.removeprefix("process "))
            workers = sorted(multiprocessing.active_children(), key=lambda one: one.pid or 0)
            workers[number - 1].kill()

    config = load_config(RunConfig, tiny_config, [TWO_FOLDS])
    with pytest.raises(RunError, match="1 of 2 folds failed") as raised:
        cross_validate(config, root=tmp_path, processes=2, progress=kill_the_first_that_trains)
    assert "SIGKILL" in str(raised.value)
    resumed = tmp_path / "toy" / killed[0]
    (finished,) = {tmp_path / "toy" / f"tiny-fold{number}" for number in (1, 2)} - {resumed}
    assert (finished / "report.json").is_file() and not (resumed / "report.json").exists()
    trained = (finished / "checkpoints" / "last.ckpt").stat().st_mtime_ns

    graph = str(finished_run / "model" / GRAPH)
    ended = emotion("cross-validate", tiny_config, TWO_FOLDS, "--runs", tmp_path, graph=graph)
    assert ended.returncode == 0, ended.stdout
    assert "epoch 1/4" not in ended.stdout and "epoch 4/4" in ended.stdout
    assert (finished / "checkpoints" / "last.ckpt").stat().st_mtime_ns == trained
    assert len(read_history(resumed / "history.csv")) == 4
    together = read_predictions(tmp_path / "toy" / "tiny-folds" / "predictions.csv")
    assert len(set(together.ids)) == 36


@pytest.mark.slow
def test_several_seeds_train_the_same_folds_and_keep_those_of_the_first(
    emotion: Emotion, tiny_config: Path, finished_run: Path, tmp_path: Path
) -> None:
    graph = str(finished_run / "model" / GRAPH)
    arguments = (
        "cross-validate", tiny_config, TWO_FOLDS, "training.epochs=1", "--runs", tmp_path,
    )  # fmt: skip
    assert emotion(*arguments, "--fold", 1, graph=graph).returncode == 0
    ended = emotion(*arguments, "--seeds", 2, graph=graph)
    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.count("epoch 1/1") == 3  # the first fold of the first seed is kept
    folder = tmp_path / "toy"
    assert sorted(path.name for path in folder.iterdir()) == [
        "tiny-fold1", "tiny-fold2", "tiny-folds", "tiny-seed1-fold1", "tiny-seed1-fold2",
        "tiny-seed1-folds", "tiny-seeds",
    ]  # fmt: skip
    tested = [
        read_predictions(folder / f"{label}-fold1" / "predictions.csv").ids
        for label in ("tiny", "tiny-seed1")
    ]
    assert tested[0] == tested[1]
    scores = json.loads((folder / "tiny-seeds" / "seed_scores.json").read_text("utf-8"))
    assert scores["folds"]["runs"]["fold 1"] == ["tiny-fold1", "tiny-seed1-fold1"]
    uars = [one["uar"]["value"] for one in scores["scores"]]
    assert scores["mean"]["uar"]["value"] == pytest.approx(sum(uars) / 2)

    (folder / "tiny-seeds" / "report.html").unlink()
    assert emotion("report", folder / "tiny-seeds").returncode == 0
    assert json.loads((folder / "tiny-seeds" / "seed_scores.json").read_text("utf-8")) == scores
    page = (folder / "tiny-seeds" / "report.html").read_text("utf-8")
    assert 'href="../tiny-seed1-folds/report.html"' in page

    ended = emotion(*arguments, "--fold", 1, "--seeds", 2, graph=graph)
    assert ended.returncode == 0, ended.stdout
    assert json.loads((folder / "tiny-seeds" / "seed_scores.json").read_text("utf-8")) == scores
    fewer = json.loads((folder / "tiny-seeds-2" / "seed_scores.json").read_text("utf-8"))
    assert list(fewer["folds"]["runs"]) == ["fold 1"]

    ended = emotion("train", "--final", folder / "tiny-seeds", "--runs", tmp_path)
    assert ended.returncode == 0, ended.stdout
    card = read_specification(folder / "tiny-seeds-final" / "model").card
    assert "2 folds and 2 seeds" in card.procedure
    assert (card.scores[0].clips, card.scores[0].speakers) == (36, 6)
    assert card.scores[0].uar == pytest.approx(scores["mean"]["uar"]["value"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "split.kind: speakers has no folds"),
        ((TWO_FOLDS, "--fold", "3"), "fold 3 is not one of 1, 2"),
        (("split={kind: all, part: train}",), "split.kind: all has no folds"),
        ((TWO_FOLDS, "corpus_splits={toy: {kind: all, part: test}}"), "kind: all has no folds"),
        ((TWO_FOLDS, THREE_OF_TOY), "every corpus needs as many folds as split has (2)"),
        (("split={kind: k_fold, folds: 7, fold: 1}",), "fold 1: 6 speakers"),
        (("--leave-one-speaker-out", "--fold", "x"), "fold x is not one of 01, 02"),
        (("--leave-one-speaker-out", "--leave-one-corpus-out"), "no folds by speaker"),
    ],
)
def test_folds_that_do_not_exist_are_refused(
    arguments: tuple[str, ...], message: str, emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    ended = emotion("cross-validate", tiny_config, *arguments, "--runs", tmp_path)
    assert ended.returncode == FAILED
    assert message in " ".join(ended.stdout.split()) and "Traceback" not in ended.stdout
