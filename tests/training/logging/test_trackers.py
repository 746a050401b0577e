from __future__ import annotations

import importlib.util
import json
import math
import sys
import time
from pathlib import Path

import pytest
from lightning.pytorch.loggers import Logger
from lightning.pytorch.loggers.logger import DummyLogger

from emotion_classifier.errors import MissingDependencyError, RunError
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.scores import Score
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.progress import Progress
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.config import MlflowConfig, TrainingConfig, WandbConfig
from emotion_classifier.training.logging import trackers
from emotion_classifier.training.logging.trackers import (
    Tracker,
    opened_trackers,
    require_trackers,
    write_tracked_test_scores,
)

NO_TRACKER = TrainingConfig()


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    run = RunFolder(tmp_path / "study" / "cnn")
    run.path.mkdir(parents=True)
    run.config.write_text("seed: 3\nlabel: cnn\nmodel: {kind: cnn}\n", "utf-8")
    return run


class FailingLogger(DummyLogger):
    def log_metrics(self, *args: object, **kwargs: object) -> None:
        raise ConnectionError("no route\nto host")

    def finalize(self, status: str) -> None:
        raise ConnectionError("no route")


def test_without_trackers_nothing_is_written(folder: RunFolder) -> None:
    with opened_trackers(NO_TRACKER, folder, print) as opened:
        assert opened == ()
    assert not folder.trackers.exists()


def test_a_server_that_is_lost_in_a_training_is_a_warning() -> None:
    reported: list[Progress] = []
    tracker = Tracker("MLflow", FailingLogger())
    tracker.write({"score/uar": 0.5}, 4, reported.append)
    tracker.close(succeeded=True, report=reported.append)
    first, second = (progress.text for progress in reported)
    assert first == "warning: MLflow has no scores of epoch 4: ConnectionError: no route to host"
    assert second.startswith("warning: the run stays open in MLflow")


@pytest.mark.parametrize(
    ("config", "library"),
    [
        (TrainingConfig(mlflow=MlflowConfig()), "mlflow"),
        (TrainingConfig(wandb=WandbConfig()), "wandb"),
    ],
)
def test_a_tracker_that_is_not_installed_is_named_with_its_extra(
    config: TrainingConfig, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trackers, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=f"training.{library} needs {library}"):
        require_trackers(config)
    require_trackers(NO_TRACKER)


def test_a_tracker_that_cannot_be_opened_ends_the_training_but_not_the_evaluation(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> Logger:
        raise ConnectionError("refused")

    monkeypatch.setattr(trackers, "_mlflow_logger", refuse)
    config = TrainingConfig(mlflow=MlflowConfig(tracking_uri="http://127.0.0.1:9"))
    with (
        pytest.raises(RunError, match=r"MLflow cannot be opened: .*training\.mlflow: null"),
        opened_trackers(config, folder, print),
    ):
        pass
    reported: list[Progress] = []
    score = Score.of("all", 8, 2, [Estimate(0.5, None)] * len(METRICS))
    write_tracked_test_scores(config, folder, score, 3, reported.append)
    (warning,) = reported
    assert warning.text.startswith("warning: the test scores are not tracked: MLflow")


def test_damaged_identifiers_are_named(folder: RunFolder) -> None:
    folder.trackers.write_text("[", "utf-8")
    with (
        pytest.raises(RunError, match=r"trackers\.json is damaged.*delete it"),
        opened_trackers(NO_TRACKER, folder, print),
    ):
        pass


def _write_interrupt_and_continue(config: TrainingConfig, folder: RunFolder) -> None:
    """Epoch 1, an interruption, epoch 2, and the test scores."""
    with pytest.raises(KeyboardInterrupt), opened_trackers(config, folder, _fail) as (tracker,):
        tracker.write({"score/uar": 0.25, "score/unknown": math.nan}, 1, _fail)
        raise KeyboardInterrupt
    with opened_trackers(config, folder, _fail) as (tracker,):
        tracker.write({"score/uar": 0.5}, 2, _fail)
    score = Score.of("all", 8, 2, [Estimate(0.75, None)] * len(METRICS))
    write_tracked_test_scores(config, folder, score, 2, _fail)


def _fail(progress: Progress) -> None:
    raise AssertionError(progress.text)


@pytest.mark.slow
def test_mlflow_has_the_run_once_with_settings_epochs_and_test_scores(
    folder: RunFolder, tmp_path: Path
) -> None:
    mlflow = pytest.importorskip("mlflow")
    uri = f"sqlite:///{(tmp_path / 'mlflow.db').as_posix()}"
    _write_interrupt_and_continue(TrainingConfig(mlflow=MlflowConfig(tracking_uri=uri)), folder)
    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name("study")
    (run,) = client.search_runs([experiment.experiment_id])
    assert json.loads(folder.trackers.read_text()) == {"mlflow": run.info.run_id}
    assert (run.info.run_name, run.info.status) == ("cnn", "FINISHED")
    assert run.data.params == {"seed": "3", "model.kind": "cnn"}
    epochs = client.get_metric_history(run.info.run_id, "score/uar")
    assert [(one.step, one.value) for one in epochs] == [(1, 0.25), (2, 0.5)]
    assert run.data.metrics["test/uar"] == 0.75
    assert "score/unknown" not in run.data.metrics


def _start(part: Path) -> tuple[str, list[str]]:
    """Second of the start, and the number that later folders of the same second have."""
    _, _, second, _, *number = part.parent.name.split("-")
    return second, number


@pytest.mark.slow
def test_wandb_offline_writes_one_run_into_the_folder(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if importlib.util.find_spec("wandb") is None:
        pytest.skip("needs the extra wandb")
    for name in ("WANDB_CONFIG_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    config = TrainingConfig(wandb=WandbConfig(mode="offline"))
    _write_interrupt_and_continue(config, folder)
    identifier = json.loads(folder.trackers.read_text())["wandb"]
    # `wandb sync` joins the parts by their identifier.
    parts = sorted((folder.path / "wandb").glob("offline-run-*/*.wandb"), key=_start)
    assert {part.name for part in parts} == {f"run-{identifier}.wandb"}
    assert len(parts) == 3
    waited_until = time.monotonic() + 10.0  # the process of wandb may write its last file later
    while b"test/uar" not in parts[-1].read_bytes() and time.monotonic() < waited_until:
        time.sleep(0.05)
    contents = [part.read_bytes() for part in parts]
    assert b"model.kind" in contents[0] and b"score/uar" in contents[0]
    assert b"score/uar" in contents[1] and b"test/uar" in contents[2]
    # Of the machine, only versions.
    for private in (sys.executable, str(Path.cwd())):
        assert not any(private.encode() in content for content in contents)
