"""Two processes train one classifier on a processor, as `emotion train` starts them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from emotion_classifier.evaluation.metrics import confusion, uar
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import Key
from emotion_classifier.training.distributed.collectives import get_rank
from emotion_classifier.training.distributed.spawn import in_processes
from emotion_classifier.training.fit import fit
from emotion_classifier.training.logging.confusion_history import read_confusions

pytestmark = pytest.mark.slow

MakeDataset = Callable[..., ClipDataset]
EMOTIONS = ("low", "middle", "high")
# Nothing in it looks at the other clips of a batch, and nothing is random.
MODEL = {
    "frontend": {"kind": "log_mel", "mels": 16, "n_fft": 256, "hop_length": 128},
    "standardisation": {"kind": "per_utterance"},
    "network": {"kind": "lstm", "hidden": 8, "layers": 1, "dropout": 0.0},
    "head": {"dropout": 0.0},
}
NORMALISED = MODEL | {
    "network": {"kind": "cnn", "channels": [4, 8], "embedding": 8, "dropout": 0.1}
}
QUICK = {"epochs": 2, "batch_size": 8, "learning_rate": 0.02, "precision": "fp32", "devices": 2}
EVERYTHING: dict[str, Any] = {
    **QUICK,
    "sampling": {"kind": "oversampling", "balance": ["emotion", "corpus"]},
    "mixing": {"kind": "cutmix"},
    "absent_emotions": "ignored",
    "adversary": {"weight": 0.1, "hidden": 8},
    "schedule": {"kind": "plateau", "patience": 0},
    "early_stopping": {"patience": 5},
    "keep": "average",
    "average_best": 2,
    "ema_decay": 0.9,
}


def fit_tones(
    model: dict[str, Any],
    training: ClipDataset,
    validation: ClipDataset,
    settings: dict[str, Any],
    folder: Path,
    *,
    report: Report,
) -> None:
    torch.manual_seed(0)
    fit(
        ModelConfig.model_validate(model).build(8000, emotions=3),
        training,
        validation,
        TrainingConfig.model_validate(settings),
        emotions=EMOTIONS,
        folder=RunFolder(folder),
        report=report,
    )


def fit_all(
    training: ClipDataset, validation: ClipDataset, folder: Path, *, report: Report
) -> None:
    """Train the LSTM, and everything twice: then from where it stood one epoch earlier."""
    whole, cut = folder / "whole", folder / "cut"

    def copy_before_the_last_checkpoint(progress: Progress) -> None:
        if progress.text.startswith("epoch 2/2"):
            shutil.copytree(whole, cut)

    copying = copy_before_the_last_checkpoint if get_rank() == 0 else ignore
    fit_tones(MODEL, training, validation, QUICK, folder / "two", report=report)
    fit_tones(NORMALISED, training, validation, EVERYTHING, whole, report=copying)
    fit_tones(NORMALISED, training, validation, EVERYTHING, cut, report=report)


@pytest.fixture
def parts(make_dataset: MakeDataset) -> tuple[ClipDataset, ClipDataset]:
    """23 and 7 tones: neither is a multiple of two."""
    return make_dataset(0, 23), make_dataset(23, 30)


def weights(folder: Path, name: str = "last") -> dict[str, torch.Tensor]:
    """The validated weights of a checkpoint."""
    found = torch.load(folder / "checkpoints" / f"{name}.ckpt", weights_only=True)
    averages = found.get("moving_average", {})
    return {**found["state_dict"], **{f"classifier.{name}": averages[name] for name in averages}}


def trained(model: dict[str, Any], folder: Path) -> EmotionClassifier:
    classifier = ModelConfig.model_validate(model).build(8000, emotions=3)
    state = weights(folder)
    prefix = "classifier."
    classifier.load_state_dict(
        {n.removeprefix(prefix): v for n, v in state.items() if n.startswith(prefix)}
    )
    return classifier.eval()


def assert_history_is_of(model: dict[str, Any], folder: Path, validation: ClipDataset) -> None:
    """The last epoch's scores are those that one process finds with the same weights."""
    batch = validation.collate([validation[Key(-1, clip)] for clip in range(len(validation))])
    with torch.no_grad():
        logits = trained(model, folder)(batch.waveforms, batch.lengths)
    counts = confusion(batch.targets.argmax(1).numpy(), logits.argmax(1).numpy(), 3)
    row = read_history(folder / "history.csv")[-1]
    assert read_confusions(folder / "confusion.csv")[-1].counts.tolist() == counts.tolist()
    assert counts.sum() == len(validation)
    assert row.validation_uar == float(uar(counts))
    loss = float(torch.nn.functional.cross_entropy(logits, batch.targets))
    assert row.validation_loss == pytest.approx(loss, abs=1e-6)


def test_two_processes_take_the_steps_of_one_and_resume_exactly(
    parts: tuple[ClipDataset, ClipDataset],
    tmp_path: Path,
    reported: list[Progress],
    capfd: pytest.CaptureFixture[str],
) -> None:
    config = TrainingConfig.model_validate(EVERYTHING)
    in_processes(2, fit_all, (*parts, tmp_path), config, reported.append)
    assert capfd.readouterr() == ("", "")
    epochs = [progress.text.split("  ")[0] for progress in reported if progress.text]
    assert epochs == ["epoch 1/2", "epoch 2/2", "epoch 2/2"]
    alone = {**QUICK, "devices": 1}
    fit_tones(MODEL, *parts, alone, tmp_path / "one", report=ignore)
    assert_same_steps(tmp_path / "one", tmp_path / "two")
    assert_history_is_of(MODEL, tmp_path / "two", parts[1])
    assert_resumed_exactly(tmp_path / "whole", tmp_path / "cut")
    assert_history_is_of(NORMALISED, tmp_path / "whole", parts[1])


def assert_same_steps(one: Path, two: Path) -> None:
    first, second = weights(one), weights(two)
    assert all(torch.allclose(first[name], second[name], atol=1e-5) for name in first)
    rows = [read_history(folder / "history.csv") for folder in (one, two)]
    for single, several in zip(*rows, strict=True):
        expected = {**single.record, "seconds": several.seconds}
        assert several.record == pytest.approx(expected, abs=1e-5)


def assert_resumed_exactly(whole: Path, cut: Path) -> None:
    assert all(torch.equal(value, weights(cut)[name]) for name, value in weights(whole).items())
    histories = [read_history(folder / "history.csv") for folder in (whole, cut)]
    assert [row.epoch for row in histories[0]] == [1, 2]
    assert [replace(row, seconds=0) for row in histories[0]] == [
        replace(row, seconds=0) for row in histories[1]
    ]
    assert len(list(whole.glob("events.*"))) == 1
