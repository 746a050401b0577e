"""Summaries in TensorBoard, read back from the files of real trainings."""

from __future__ import annotations

import csv
import io
import shutil
import wave
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.evaluation.metrics import METRICS, recall, uar
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.checkpoints.selection import Fitted
from emotion_classifier.training.config import (
    EarlyStoppingConfig,
    TensorBoardConfig,
    TrainingConfig,
)
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import Key
from emotion_classifier.training.fit import fit
from emotion_classifier.training.logging.confusion_history import read_confusions

MakeDataset = Callable[..., ClipDataset]
Train = Callable[..., Fitted]

NAMES = ("low", "middle", "high")
MODEL = ModelConfig.model_validate(
    {
        "frontend": {"kind": "log_mel", "mels": 16, "n_fft": 256, "hop_length": 128},
        "standardisation": {"kind": "per_utterance"},
        "network": {"kind": "cnn", "channels": [4, 8], "embedding": 8},
    }
)
CONFIG = TrainingConfig(
    epochs=4,
    batch_size=8,
    learning_rate=0.01,
    precision="fp32",
    tensorboard=TensorBoardConfig(every_epochs=3, clips=2),
)


def louder(samples: Samples, clip: int, generator: np.random.Generator) -> Samples:
    """Beyond full scale."""
    return (samples * generator.uniform(2.0, 6.0)).astype(np.float32)


def events(folder: Path) -> EventAccumulator:
    everything = dict.fromkeys(("images", "audio", "scalars", "tensors"), 0)
    found = EventAccumulator(str(folder), everything)
    found.Reload()
    return found


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    found = events(folder)
    tags = found.Tags()["scalars"]
    return {tag: [(one.step, one.value) for one in found.Scalars(tag)] for tag in tags}


@pytest.fixture(scope="module")
def train(make_dataset: MakeDataset) -> Train:
    """Trains on 24 tones, validates on 6."""

    def run(folder: Path, config: TrainingConfig = CONFIG) -> Fitted:
        torch.manual_seed(0)
        return fit(
            MODEL.build(8000, emotions=3),
            make_dataset(0, 24, augment=louder),
            make_dataset(24, 30),
            config,
            emotions=NAMES,
            folder=RunFolder(folder),
            report=lambda progress: None,
        )

    return run


class Trained(NamedTuple):
    """A training with `CONFIG`, and what it printed."""

    folder: Path
    fitted: Fitted
    printed: str


@pytest.fixture(scope="module")
def trained(train: Train, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Made once; tests do not change it."""
    folder = tmp_path_factory.mktemp("trained")
    with redirect_stdout(io.StringIO()) as output:
        fitted = train(folder)
    return Trained(folder, fitted, output.getvalue())


def test_scores_are_those_of_the_history(trained: Trained) -> None:
    found = scalars(trained.folder)
    history = read_history(trained.folder / "history.csv")
    expected = {
        "loss/train": [row.train_loss for row in history],
        "loss/validation": [row.validation_loss for row in history],
        **{f"score/{name}": [row.validation[name] for row in history] for name in METRICS},
        **{f"score/train_{name}": [row.training[name] for row in history] for name in METRICS},
        "learning_rate": [row.learning_rate for row in history],
        "epoch_seconds": [row.seconds for row in history],
        "best/validation_uar": np.maximum.accumulate([row.validation_uar for row in history]),
    }
    matrices = read_confusions(trained.folder / "confusion.csv")
    for index, name in enumerate(NAMES):
        expected[f"recall/{name}"] = [recall(one.counts)[index] for one in matrices]
    assert found.keys() == expected.keys()
    for tag, values in expected.items():
        assert [step for step, _ in found[tag]] == [1, 2, 3, 4], tag
        assert [value for _, value in found[tag]] == pytest.approx(values), tag


def test_confusion_matrices_are_those_of_the_epochs(trained: Trained) -> None:
    matrices = read_confusions(trained.folder / "confusion.csv")
    assert [one.epoch for one in matrices] == [1, 2, 3, 4]
    for one, row in zip(matrices, read_history(trained.folder / "history.csv"), strict=True):
        assert one.counts.sum(axis=1).tolist() == [2, 2, 2]
        assert float(uar(one.counts)) == pytest.approx(row.validation_uar)
    with Image.open(trained.folder / "confusion.gif") as picture:
        assert getattr(picture, "n_frames", 1) == 4


def test_figures_come_first_every_few_epochs_and_last(trained: Trained) -> None:
    found = events(trained.folder)
    for tag in ("confusion", "training_clips"):
        images = found.Images(tag)
        assert [image.step for image in images] == [1, 3, 4]
        pixels = [np.asarray(Image.open(io.BytesIO(i.encoded_image_string))) for i in images]
        assert min(pixels[0].shape[:2]) > 150
        assert (pixels[0] != pixels[1]).any()
    for name in NAMES:
        assert [one.step for one in found.Tensors(f"precision_recall/{name}")] == [1, 3, 4]


def test_the_last_epoch_of_an_early_end_is_drawn(train: Train, tmp_path: Path) -> None:
    stopping = EarlyStoppingConfig(patience=1)
    settings = {"early_stopping": stopping, "epochs": 40, "learning_rate": 1e-9}
    train(tmp_path, CONFIG.model_copy(update=settings))
    last = len(read_history(tmp_path / "history.csv"))
    assert last == 2
    assert [image.step for image in events(tmp_path).Images("confusion")] == [1, 2]


def test_precision_and_recall_agree_with_the_matrix(trained: Trained) -> None:
    found = events(trained.folder)
    for name in NAMES:
        tensor = found.Tensors(f"precision_recall/{name}")[-1].tensor_proto
        shape = [dimension.size for dimension in tensor.tensor_shape.dim]
        hits, false_alarms, _, misses, _, recalls = np.array(tensor.float_val).reshape(shape)
        assert (hits + misses == 2).all()
        assert (hits[0], false_alarms[0], recalls[0]) == (2, 4, 1)  # at the threshold zero


def test_clips_sound_as_the_epoch_processes_them(
    trained: Trained, make_dataset: MakeDataset
) -> None:
    assert "clipped" not in trained.printed  # as torch would print for a loud clip
    found = events(trained.folder)
    names = {f"training_clips/{name}" for name in ("low_0", "middle_1")}
    assert set(found.Tags()["audio"]) == {f"{name}_{how}" for name in names for how in VERSIONS}
    dataset = make_dataset(0, 24, augment=louder)
    assert [one.step for one in found.Audio("training_clips/low_0_clean")] == [1]
    assert_sounds_like(
        found.Audio("training_clips/low_0_clean")[0].encoded_audio_string,
        dataset[Key(-1, 0)].samples,
    )
    augmented = found.Audio("training_clips/middle_1_augmented")
    assert [one.step for one in augmented] == [1, 3, 4]
    for one in augmented:
        assert_sounds_like(one.encoded_audio_string, dataset[Key(one.step - 1, 1)].samples)


VERSIONS = ("clean", "augmented")


def assert_sounds_like(encoded: bytes, samples: Samples) -> None:
    with wave.open(io.BytesIO(encoded)) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
        values = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
    np.testing.assert_allclose(values, samples.clip(-1, 1), atol=1e-4)


def test_the_projector_has_the_best_epoch(
    train: Train, make_dataset: MakeDataset, tmp_path: Path
) -> None:
    fitted = train(tmp_path, CONFIG.model_copy(update={"learning_rate": 0.5, "epochs": 6}))
    assert fitted.best_epoch < 6
    validation = make_dataset(24, 30)
    batch = validation.collate([validation[Key(-1, clip)] for clip in range(6)])
    with torch.no_grad():
        features = fitted.classifier.extract(batch.waveforms, batch.lengths)
        embeddings, logits = fitted.classifier.classify(*features)
        answers = logits.argmax(1)
    folder = tmp_path
    found = np.loadtxt(folder / "projector" / "embeddings.tsv", delimiter="\t")
    np.testing.assert_allclose(found, embeddings.numpy(), rtol=1e-4, atol=1e-5)
    with (folder / "projector" / "metadata.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [row["emotion"] for row in rows] == ["low", "middle", "high"] * 2
    assert [row["predicted"] for row in rows] == [NAMES[answer] for answer in answers]
    assert tuple(row["speaker"] for row in rows) == validation.speakers
    assert tuple(row["corpus"] for row in rows) == validation.corpora


@pytest.mark.parametrize(
    ("settings", "absent"),
    [
        (None, {"confusion", "training_clips", "embeddings"}),
        (TensorBoardConfig(clips=0), {"training_clips"}),
        (TensorBoardConfig(embeddings=False), {"embeddings"}),
    ],
)
def test_disabled_summaries_are_not_written(
    settings: TensorBoardConfig | None, absent: set[str], train: Train, tmp_path: Path
) -> None:
    train(tmp_path, CONFIG.model_copy(update={"tensorboard": settings, "epochs": 1}))
    shown = set(events(tmp_path).Tags()["images"])
    if (tmp_path / "projector_config.pbtxt").exists():
        shown.add("embeddings")
    assert shown == {"confusion", "training_clips", "embeddings"} - absent
    assert "score/uar" in scalars(tmp_path)
    assert (tmp_path / "confusion.gif").exists()


def test_tensorboard_does_not_change_the_weights(
    train: Train, trained: Trained, tmp_path: Path
) -> None:
    unseen = train(tmp_path, CONFIG.model_copy(update={"tensorboard": None}))
    pairs = zip(unseen.classifier.parameters(), trained.fitted.classifier.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_a_resumed_training_writes_the_same_summaries(
    train: Train, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = tmp_path / "cut"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupt_in_epoch(3, patch)
        train(cut)
    shutil.copytree(cut, tmp_path / "moved")
    train(tmp_path / "moved")
    one, other = scalars(trained.folder), scalars(tmp_path / "moved")
    del one["epoch_seconds"], other["epoch_seconds"]
    assert one == other
    for name in ("confusion.csv", "confusion.gif", "projector/embeddings.tsv"):
        paths = trained.folder / name, tmp_path / "moved" / name
        assert paths[0].read_bytes() == paths[1].read_bytes()
    for tag in ("confusion", "training_clips"):
        images = [
            [(i.step, i.encoded_image_string) for i in events(folder).Images(tag)]
            for folder in (trained.folder, tmp_path / "moved")
        ]
        assert images[0] == images[1]


def interrupt_in_epoch(epoch: int, patch: pytest.MonkeyPatch) -> None:
    """Ctrl-C when everything of an epoch is written but for its checkpoint."""
    from emotion_classifier.training.logging.callbacks import EpochCheckpoints

    write = EpochCheckpoints.on_train_epoch_end

    def interrupted(self: EpochCheckpoints, trainer: object, pl_module: object) -> None:
        if getattr(trainer, "current_epoch", None) == epoch - 1:
            raise KeyboardInterrupt
        write(self, trainer, pl_module)  # type: ignore[arg-type]

    patch.setattr(EpochCheckpoints, "on_train_epoch_end", interrupted)
