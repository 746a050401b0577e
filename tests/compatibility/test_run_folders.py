"""Run folders that commit 839fff1 wrote are scored, continued and started from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.compatibility.conftest import DATA, Emotion, assert_holds, read_rows

FINISHED = Path("runs/toy/tiny-fold1")
INTERRUPTED = Path("runs/toy/interrupted")


def assert_same_predictions(file: Path, tolerance: float = 1e-4) -> None:
    assert_holds(read_rows(file), read_rows(DATA / FINISHED / "predictions.csv"), tolerance)


def assert_same_history(file: Path, expected: Path) -> None:
    found, rows = read_rows(file), read_rows(expected)
    for row in (*found, *rows):
        del row["seconds"]
    assert_holds(found, rows, tolerance=1e-3)


@pytest.fixture
def copy_graph_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Function after whose call a training copies the graph of a model: writing one takes seconds."""
    from emotion_classifier.models.export import onnx

    def copy(model: Path) -> None:
        graph = DATA / model / "model.onnx"
        monkeypatch.setattr(onnx, "write_graph", lambda path, *_: shutil.copy(graph, path))

    return copy


def test_a_run_is_evaluated(emotion: Emotion) -> None:
    ended = emotion("evaluate", FINISHED, "-o", "scores")
    assert ended.code == 0, ended.error
    assert_same_predictions(Path("scores/predictions.csv"))


def test_the_report_of_a_run_is_made_again_without_its_corpus(emotion: Emotion) -> None:
    Path("corpus").unlink()
    ended = emotion("report", FINISHED)
    assert ended.code == 0, ended.error
    assert "baselines" in ended.out and "report.html" in ended.out
    assert (FINISHED / "report.md").read_text("utf-8").startswith("# toy / tiny-fold1")
    assert not Path("corpus").exists()
    assert emotion("report", "nowhere").code == 2


def test_a_finished_run_stays_as_it_is(emotion: Emotion) -> None:
    ended = emotion("train", "--resume", FINISHED)
    assert ended.code == 0, ended.error
    for path in filter(Path.is_file, (DATA / FINISHED).rglob("*")):
        assert (FINISHED / path.relative_to(DATA / FINISHED)).read_bytes() == path.read_bytes()


def test_a_run_that_was_interrupted_before_its_report_is_scored(emotion: Emotion) -> None:
    for name in ("report.json", "predictions.csv"):
        (FINISHED / name).unlink()
    ended = emotion("train", "--resume", FINISHED)
    assert ended.code == 0, ended.error
    assert "epoch" not in ended.out
    assert_same_predictions(FINISHED / "predictions.csv")


def test_a_finished_fold_is_not_trained_again(emotion: Emotion) -> None:
    ended = emotion("cross-validate", "settings/tiny.yml", "--fold", 1)
    assert ended.code == 0, ended.error
    assert "epoch" not in ended.out
    assert_same_predictions(Path("runs/toy/tiny-folds/predictions.csv"))


def test_weights_trained_on_the_test_speakers_are_refused(emotion: Emotion) -> None:
    ended = emotion(
        *("train", "settings/tiny.yml", "split.fold=2", f"pretrained_weights.path={FINISHED}")
    )
    assert ended.code == 2
    message = " ".join((ended.error + ended.out).split())
    assert "speaker toy/" in message and str(FINISHED) in message


@pytest.mark.slow
def test_a_run_starts_from_the_weights_of_an_earlier_run(
    emotion: Emotion, copy_graph_of: Callable[[Path], None]
) -> None:
    copy_graph_of(FINISHED / "model")
    weights = f"pretrained_weights.path={FINISHED}"
    ended = emotion("train", "settings/tiny.yml", "label=later", "training.epochs=1", weights)
    assert ended.code == 0, ended.error
    assert_same_history(Path("runs/toy/later/history.csv"), Path("expected/later_history.csv"))


@pytest.mark.slow
def test_a_resumed_run_ends_like_an_uninterrupted_run(emotion: Emotion) -> None:
    ended = emotion("train", "--resume", INTERRUPTED)
    assert ended.code == 0, ended.error
    assert "epoch 5/" not in ended.out and "epoch 12/" in ended.out
    assert_same_history(INTERRUPTED / "history.csv", DATA / FINISHED / "history.csv")
    assert_same_predictions(INTERRUPTED / "predictions.csv", tolerance=1e-3)


@pytest.mark.slow
def test_a_run_on_cached_hidden_states_trains_as_before(
    emotion: Emotion, copy_graph_of: Callable[[Path], None]
) -> None:
    """Its folder holds no checkpoint: it starts again, with its own settings and split."""
    copy_graph_of(Path("models/encoder"))
    ended = emotion("train", "--resume", "runs/toy/encoder")
    assert ended.code == 0, ended.error
    assert_same_history(Path("runs/toy/encoder/history.csv"), Path("expected/encoder_history.csv"))
