from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ConfigError, RunError
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.history import EpochRow, read_history
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.checkpoints.selection import Fitted
from emotion_classifier.training.config import EarlyStoppingConfig, TrainingConfig
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import Key
from emotion_classifier.training.fit import fit
from emotion_classifier.training.logging.callbacks import AfterEpoch
from emotion_classifier.training.objectives.config import LogitAdjustedConfig
from emotion_classifier.training.optim.schedules import CosineConfig, PlateauConfig
from emotion_classifier.training.sampling import OversamplingConfig, WeightedConfig
from emotion_classifier.training.trainer import bf16_is_fast

MakeDataset = Callable[..., ClipDataset]
Fit = Callable[..., Fitted]

MODEL = ModelConfig.model_validate(
    {
        "frontend": {"kind": "log_mel", "mels": 16, "n_fft": 256, "hop_length": 128},
        "standardisation": {"kind": "per_utterance"},
        "network": {"kind": "cnn", "channels": [4, 8], "embedding": 8, "dropout": 0.0},
        "head": {"dropout": 0.0},
    }
)
QUICK = TrainingConfig(
    epochs=6,
    batch_size=8,
    learning_rate=0.02,
    precision="fp32",
    schedule=CosineConfig(warmup_epochs=0.0),
    tensorboard=None,
)


@pytest.fixture
def train(make_dataset: MakeDataset, tmp_path: Path, reported: list[Progress]) -> Fit:
    """Trains on 24 tones, validates on 6."""

    def run(
        config: TrainingConfig = QUICK,
        *,
        folder: Path = tmp_path,
        seed: int = 0,
        after_epoch: AfterEpoch | None = None,
        kept_share: float = 0.0,
    ) -> Fitted:
        datasets = make_dataset(0, 24, seed=seed), make_dataset(24, 30, seed=seed)
        return fit(
            fresh(seed),
            *datasets,
            config,
            emotions=("low", "middle", "high"),
            folder=RunFolder(folder),
            report=reported.append,
            after_epoch=after_epoch,
            kept_share=kept_share,
        )

    return run


def fresh(seed: int = 0) -> EmotionClassifier:
    torch.manual_seed(seed)
    return MODEL.build(8000, emotions=3)


def test_an_exception_after_an_epoch_ends_the_training(train: Fit, tmp_path: Path) -> None:
    class PrunedError(Exception):
        pass

    epochs: list[list[int]] = []

    def stop_after_two(rows: Sequence[EpochRow]) -> None:
        epochs.append([row.epoch for row in rows])
        if len(rows) == 2:
            raise PrunedError

    with pytest.raises(PrunedError):
        train(after_epoch=stop_after_two)
    assert epochs == [[1], [1, 2]]
    assert len(read_history(tmp_path / "history.csv")) == 2


def test_learns_to_distinguish_tones(train: Fit, tmp_path: Path, make_dataset: MakeDataset) -> None:
    fitted = train()
    history = read_history(tmp_path / "history.csv")
    assert [row.epoch for row in history] == [1, 2, 3, 4, 5, 6]
    assert history[-1].train_loss < 0.7 * history[0].train_loss
    hits = [24 * row.training["accuracy"] for row in history]
    assert hits == pytest.approx(np.round(hits)) and hits[-1] > 22 > hits[0]
    assert fitted.validation_uar == 1.0
    assert not fitted.classifier.training
    test = make_dataset(24, 30)
    batch = test.collate([test[Key(-1, clip)] for clip in range(6)])
    with torch.no_grad():
        answers = fitted.classifier(batch.waveforms, batch.lengths).argmax(1)
    assert torch.equal(answers, batch.targets.argmax(1))


def test_returns_the_weights_of_the_best_epoch(train: Fit, tmp_path: Path) -> None:
    # Far too large steps, so that a later epoch is worse than an earlier one.
    fitted = train(QUICK.model_copy(update={"learning_rate": 2.0, "epochs": 5}))
    history = read_history(tmp_path / "history.csv")
    best = max(history, key=lambda row: row.validation_uar)
    assert best.epoch < 5
    assert (fitted.best_epoch, fitted.validation_uar) == (best.epoch, best.validation_uar)
    saved = torch.load(tmp_path / "checkpoints" / "best.ckpt", weights_only=True)
    for name, value in fitted.classifier.state_dict().items():
        assert torch.equal(value, saved["state_dict"][f"classifier.{name}"])
    last = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    assert any(
        not torch.equal(value, last["state_dict"][name])
        for name, value in saved["state_dict"].items()
    )


def test_keep_last_returns_the_last_epoch(train: Fit, tmp_path: Path) -> None:
    update = {"learning_rate": 2.0, "epochs": 5, "keep": "last"}
    fitted = train(QUICK.model_copy(update=update))
    last = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    assert fitted.best_epoch == 5
    for name, value in fitted.classifier.state_dict().items():
        assert torch.equal(value, last["state_dict"][f"classifier.{name}"])


@pytest.mark.parametrize("share", [0.25, 0.999])
def test_a_share_of_the_weights_before_training_is_kept_and_validated(
    train: Fit, tmp_path: Path, share: float
) -> None:
    before, trained = fresh().state_dict(), train(folder=tmp_path / "trained")
    mixed = train(folder=tmp_path / "mixed", kept_share=share)
    again = train(folder=tmp_path / "mixed", kept_share=share)  # from its checkpoint
    after = trained.classifier.state_dict()
    for name, value in mixed.classifier.state_dict().items():
        expected = (
            torch.lerp(after[name], before[name], share)
            if value.is_floating_point()
            else after[name]
        )
        assert torch.equal(value, expected)
        assert torch.equal(value, again.classifier.state_dict()[name])
    assert (mixed.kept_share, mixed.best_epoch) == (share, trained.best_epoch)
    assert trained.validation_uar == 1.0
    if share > 0.9:
        assert mixed.validation_uar is not None and mixed.validation_uar < 0.7


def test_trains_without_a_validation_part(
    make_dataset: MakeDataset, tmp_path: Path, reported: list[Progress]
) -> None:
    def run(config: TrainingConfig) -> Fitted:
        return fit(
            fresh(),
            make_dataset(0, 24),
            None,
            config,
            emotions=("low", "middle", "high"),
            folder=RunFolder(tmp_path),
            report=reported.append,
        )

    with pytest.raises(ConfigError, match=r"training\.keep: last"):
        run(QUICK)
    fitted = run(QUICK.model_copy(update={"epochs": 2, "keep": "last"}))
    assert (fitted.best_epoch, fitted.validation_uar) == (2, None)
    first, second = read_history(tmp_path / "history.csv")
    assert second.train_loss < first.train_loss
    assert np.isnan([second.validation_loss, second.validation_uar]).all()
    assert not any("nan" in progress.text for progress in reported)


def test_same_seed_same_weights(train: Fit, tmp_path: Path) -> None:
    config = QUICK.model_copy(update={"epochs": 2})
    one, same = (train(config, folder=tmp_path / name).classifier for name in ("one", "two"))
    other = train(config, folder=tmp_path / "three", seed=1).classifier
    pairs = zip(one.parameters(), same.parameters(), other.parameters(), strict=True)
    comparisons = [(torch.equal(a, b), torch.equal(a, c)) for a, b, c in pairs]
    assert all(equal for equal, _ in comparisons)
    assert not all(equal for _, equal in comparisons)


def test_views_are_augmented_once_also_in_a_run_that_is_resumed(
    make_dataset: MakeDataset, tmp_path: Path
) -> None:
    clips: list[int] = []

    def counted(samples: Samples, clip: int, generator: np.random.Generator) -> Samples:
        clips.append(clip)
        return samples * np.float32(generator.uniform(0.5, 1.0))

    def run(folder: RunFolder, report: Report) -> list[torch.Tensor]:
        parts = make_dataset(0, 24, augment=counted, views=2), make_dataset(24, 30)
        config = QUICK.model_copy(update={"epochs": 4, "keep": "last"})
        names = ("low", "middle", "high")
        fitted = fit(fresh(), *parts, config, emotions=names, folder=folder, report=report)
        return list(fitted.classifier.state_dict().values())

    def interrupt(progress: Progress) -> None:
        if progress.text.startswith("epoch 3"):
            raise KeyboardInterrupt

    cut = RunFolder(tmp_path / "cut")
    with pytest.raises(KeyboardInterrupt):
        run(cut, interrupt)
    assert cut.variants.is_dir()
    resumed = run(cut, ignore)
    assert sorted(clips) == sorted([*range(24), *range(24)])
    assert not cut.variants.exists()
    whole = run(RunFolder(tmp_path / "whole"), ignore)
    assert all(map(torch.equal, resumed, whole))


def test_early_stopping_ends_after_its_patience(train: Fit, tmp_path: Path) -> None:
    stopping = EarlyStoppingConfig(patience=2)
    fitted = train(QUICK.model_copy(update={"epochs": 50, "early_stopping": stopping}))
    assert len(read_history(tmp_path / "history.csv")) == fitted.best_epoch + 2 < 50


def test_a_plateau_lowers_the_learning_rate(train: Fit, tmp_path: Path) -> None:
    schedule = PlateauConfig(factor=0.1, patience=0)
    train(QUICK.model_copy(update={"schedule": schedule, "epochs": 8, "monitor": "uar"}))
    rates = [row.learning_rate for row in read_history(tmp_path / "history.csv")]
    assert rates[0] == 0.02
    assert rates == sorted(rates, reverse=True) and rates[-1] <= 0.0021


def test_the_moving_average_is_validated_and_kept(train: Fit, tmp_path: Path) -> None:
    config = QUICK.model_copy(update={"epochs": 2, "keep": "last"})
    fitted = train(config.model_copy(update={"ema_decay": 0.6}), folder=tmp_path / "average")
    train(config, folder=tmp_path / "plain")
    folders = RunFolder(tmp_path / "average"), RunFolder(tmp_path / "plain")
    last, plain = (torch.load(f.checkpoints / "last.ckpt", weights_only=True) for f in folders)
    # The steps do not depend on the average.
    assert all(torch.equal(last["state_dict"][name], v) for name, v in plain["state_dict"].items())
    state, averages = fitted.classifier.state_dict(), last["moving_average"]
    assert all(torch.equal(state[name], value) for name, value in averages.items())
    assert not torch.equal(
        averages["head.output.weight"], plain["state_dict"]["classifier.head.output.weight"]
    )
    of_average, of_plain = (read_history(folder.history)[-1] for folder in folders)
    assert of_average.train_loss == of_plain.train_loss
    assert of_average.validation_loss != of_plain.validation_loss


@pytest.mark.parametrize("epochs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_bf16_comes_close_to_fp32_and_is_not_the_same(
    epochs: int, train: Fit, tmp_path: Path
) -> None:
    losses = {}
    for precision in ("fp32", "bf16", "auto"):
        config = QUICK.model_copy(update={"precision": precision, "epochs": epochs})
        fitted = train(config, folder=tmp_path / precision)
        assert all(p.dtype == torch.float32 for p in fitted.classifier.parameters())
        losses[precision] = read_history(tmp_path / precision / "history.csv")[-1].train_loss
    assert losses["bf16"] == pytest.approx(losses["fp32"], abs=0.05)
    assert losses["bf16"] != losses["fp32"]
    assert losses["auto"] == losses["bf16" if bf16_is_fast() else "fp32"]


def test_a_loss_that_is_no_number_is_an_error(train: Fit) -> None:
    config = QUICK.model_copy(update={"learning_rate": 1e30, "gradient_clip": None, "epochs": 2})
    with pytest.raises(
        RunError, match=r"the loss became nan in epoch 1: lower training\.learning_rate"
    ):
        train(config)


def test_a_trained_run_is_not_trained_again(train: Fit, tmp_path: Path) -> None:
    config = QUICK.model_copy(update={"epochs": 1})
    first = train(config)
    checkpoint = tmp_path / "checkpoints" / "last.ckpt"
    written = checkpoint.stat().st_mtime_ns
    again = train(config)
    assert checkpoint.stat().st_mtime_ns == written
    assert (again.best_epoch, again.validation_uar) == (first.best_epoch, first.validation_uar)
    for one, other in zip(
        first.classifier.parameters(), again.classifier.parameters(), strict=True
    ):
        assert torch.equal(one, other)


def test_reports_every_epoch_and_writes_events(
    train: Fit, tmp_path: Path, reported: list[Progress]
) -> None:
    train(QUICK.model_copy(update={"epochs": 2}))
    lines = [progress.text for progress in reported if progress.text]
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert all("UAR" in line and "loss" in line for line in lines)
    (events,) = tmp_path.glob("events.*")
    for name in (b"score/uar", b"loss/validation", b"loss/train", b"learning_rate"):
        assert name in events.read_bytes()


EVERYTHING = TrainingConfig.model_validate(
    {
        **QUICK.model_dump(),
        "tensorboard": {},
        "sampling": {"kind": "oversampling", "balance": ["emotion", "corpus"]},
        "loss": {"kind": "logit_adjusted"},
        "absent_emotions": "ignored",
        "mixing": {"kind": "cutmix"},
        "adversary": {"weight": 0.1, "hidden": 8},
    }
)


def test_learns_with_everything_on(train: Fit, tmp_path: Path) -> None:
    fitted = train(EVERYTHING)
    assert fitted.validation_uar == 1.0
    saved = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    assert saved["adversary.output.weight"].shape == (4, 8)
    assert not any("adversary" in name for name in fitted.classifier.state_dict())
    (events,) = tmp_path.glob("events.*")
    for name in (b"adversary/loss", b"adversary/accuracy"):
        assert name in events.read_bytes()


def test_same_seed_same_weights_with_everything_on(train: Fit, tmp_path: Path) -> None:
    config = EVERYTHING.model_copy(update={"epochs": 2})
    one, same = (train(config, folder=tmp_path / name).classifier for name in ("one", "two"))
    for a, b in zip(one.parameters(), same.parameters(), strict=True):
        assert torch.equal(a, b)


def test_an_oversampled_epoch_is_longer(train: Fit, tmp_path: Path) -> None:
    config = QUICK.model_copy(update={"epochs": 1})
    oversampled = OversamplingConfig(balance=("corpus",))  # 20 large and 4 small: 40 clips
    steps = []
    for name, sampling in (("once", config.sampling), ("balanced", oversampled)):
        train(config.model_copy(update={"sampling": sampling}), folder=tmp_path / name)
        last = torch.load(tmp_path / name / "checkpoints" / "last.ckpt", weights_only=True)
        steps.append(last["global_step"])
    assert steps == [3, 5]


@pytest.mark.parametrize("content", [b"", b"epoch,train_loss"])
def test_tables_of_an_interrupted_training_are_written_anew_from_its_checkpoint(
    train: Fit, tmp_path: Path, content: bytes
) -> None:
    folder = RunFolder(tmp_path)
    tables = folder.history, folder.confusions
    train(QUICK.model_copy(update={"epochs": 2}))
    expected = [table.read_bytes() for table in tables]
    folder.trained.unlink()  # as if killed before the end
    for table in tables:
        table.write_bytes(content)
    train(QUICK.model_copy(update={"epochs": 2}))
    assert [table.read_bytes() for table in tables] == expected
    folder.history.write_bytes(expected[0][:-40])
    with pytest.raises(RunError, match=r"history\.csv is damaged"):
        read_history(folder.history)


def test_a_damaged_checkpoint_is_not_continued(train: Fit, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    train(QUICK.model_copy(update={"epochs": 1}))
    for name in ("best.ckpt", "last.ckpt"):
        file = folder.checkpoints / name
        file.write_bytes(file.read_bytes()[:-1000])
        with pytest.raises(RunError, match=rf"{name} cannot be read: .* delete "):
            train(QUICK.model_copy(update={"epochs": 1}))
        folder.trained.unlink(missing_ok=True)


def test_sampling_and_loss_do_not_both_correct_the_same_imbalance(
    make_dataset: MakeDataset, tmp_path: Path, reported: list[Progress]
) -> None:
    # Once sampling has balanced the emotions, weights and priors leave the loss as it is.
    dataset = make_dataset(0, 26)
    rare = np.flatnonzero(dataset.targets[:, 2] == 1.0)[2:]
    dataset.targets[rare] = np.eye(3, dtype=np.float32)[0]
    balanced = QUICK.model_copy(update={"epochs": 1, "sampling": WeightedConfig()})
    weighted = balanced.model_copy(update={"class_weights": "inverse_frequency"})
    adjusted = balanced.model_copy(update={"loss": LogitAdjustedConfig()})
    losses = []
    for number, config in enumerate((balanced, weighted, adjusted)):
        folder = RunFolder(tmp_path / str(number))
        start(dataset, make_dataset(24, 30), config, folder, reported)
        losses.append(read_history(folder.history)[0].train_loss)
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-3)


def test_absent_emotions_are_ignored_but_in_a_corpus_of_one_emotion(
    make_dataset: MakeDataset, tmp_path: Path, reported: list[Progress]
) -> None:
    dataset = make_dataset(0, 24)
    names = {0: "two", 1: "two", 2: "one"}
    true = dataset.targets.argmax(1)
    dataset.corpora = tuple(names[int(emotion)] for emotion in true)
    losses = []
    for absent in ("negative", "ignored"):
        config = QUICK.model_copy(update={"epochs": 1, "absent_emotions": absent})
        folder = RunFolder(tmp_path / absent)
        start(dataset, make_dataset(24, 30), config, folder, reported)
        losses.append(read_history(folder.history)[0].train_loss)
    assert losses[1] < 0.9 * losses[0]  # clips of `two` have one emotion less to exclude
    assert sum(line.text.startswith("one has one emotion") for line in reported) == 1


def test_an_adversary_of_one_speaker_is_an_error(
    make_dataset: MakeDataset, tmp_path: Path, reported: list[Progress]
) -> None:
    dataset = make_dataset(0, 1)
    with pytest.raises(ConfigError, match=r"has 1 speaker"):
        start(dataset, dataset, EVERYTHING, RunFolder(tmp_path), reported)


def start(
    training: ClipDataset,
    validation: ClipDataset,
    config: TrainingConfig,
    folder: RunFolder,
    reported: list[Progress],
) -> Fitted:
    emotions = ("low", "middle", "high")
    return fit(
        fresh(),
        training,
        validation,
        config,
        emotions=emotions,
        folder=folder,
        report=reported.append,
    )
