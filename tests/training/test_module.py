from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import lightning
import pytest
import torch
from lightning.pytorch.callbacks import Callback
from torch.nn import functional as F

from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import ClipBatch, Key
from emotion_classifier.training.data.loaders import training_loader, validation_loader
from emotion_classifier.training.module import ClassifierModule
from emotion_classifier.training.objectives.adversary import SpeakerAdversary
from emotion_classifier.training.objectives.losses import CrossEntropy
from emotion_classifier.training.objectives.mixing import CutMix, Mixing, Mixup
from emotion_classifier.training.optim.schedules import Cosine
from emotion_classifier.training.sampling import EveryClip

EMBEDDING = 12  # mean and deviation of the network's 6 values
MakeDataset = Callable[..., ClipDataset]
Train = Callable[[ClassifierModule], list[dict[str, float]]]


def small_classifier(**settings: Any) -> EmotionClassifier:
    torch.manual_seed(0)
    model = {
        "frontend": {"kind": "log_mel", "mels": 16, "n_fft": 256, "hop_length": 128},
        "standardisation": {"kind": "per_utterance"},
        "network": {"kind": "cnn", "channels": [4, 8], "embedding": 6, "dropout": 0.0},
        "head": {"dropout": 0.0},
    }
    return ModelConfig.model_validate(model | settings).build(8000, emotions=3)


def small_loss(weights: torch.Tensor) -> CrossEntropy:
    return CrossEntropy(weights, torch.ones_like(weights).bool(), label_smoothing=0.0)


def small_module(**parts: Any) -> ClassifierModule:
    settings: dict[str, Any] = {
        "classifier": small_classifier(),
        "schedule": Cosine(2, warmup_epochs=2.0),
        "loss": small_loss(torch.ones(1, 3)),
        "corpora": torch.zeros(30, dtype=torch.int64),
        "encoder_learning_rate": None,
        "layer_decay": 1.0,
        "learning_rate": 0.01,
        "weight_decay": 0.1,
        "monitor": "uar",
        "seed": 0,
    }
    return ClassifierModule(**settings | parts)


def small_adversary() -> SpeakerAdversary:
    return SpeakerAdversary(EMBEDDING, 4, weight=0.1, hidden=64)


def batch_of(dataset: ClipDataset, clips: int = 6) -> ClipBatch:
    return dataset.collate([dataset[Key(-1, clip)] for clip in range(clips)])


class LoggedMetrics(Callback):
    """Keeps what is logged in each epoch."""

    def __init__(self) -> None:
        self.epochs: list[dict[str, float]] = []

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        self.epochs.append({name: float(v) for name, v in trainer.logged_metrics.items()})


@pytest.fixture
def train(make_dataset: MakeDataset) -> Train:
    """Trains for two epochs on 24 tones, validates on 6; gives what was logged in each epoch."""

    def run(module: ClassifierModule) -> list[dict[str, float]]:
        logged = LoggedMetrics()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            trainer = lightning.Trainer(
                accelerator="cpu",
                max_epochs=2,
                callbacks=[logged],
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                num_sanity_val_steps=0,
            )
            trainer.fit(
                module,
                training_loader(make_dataset(0, 24), EveryClip(24), 8, 0),
                validation_loader(make_dataset(24, 30), 4, 0),
            )
        return logged.epochs

    return run


def test_only_matrices_and_filters_are_decayed() -> None:
    module = small_module(adversary=small_adversary())
    decay = {
        id(parameter): group["weight_decay"]
        for group in module.configure_optimizers().param_groups
        for parameter in group["params"]
    }
    names = dict(module.named_parameters())
    assert decay[id(names["classifier.head.output.weight"])] == 0.1
    assert decay[id(names["classifier.head.output.bias"])] == 0.0
    assert decay[id(names["classifier.network.convolutions.blocks.0.first_norm.weight"])] == 0.0
    assert decay[id(names["adversary.hidden.weight"])] == 0.1
    assert decay.keys() == {id(parameter) for parameter in names.values()}


def test_statistics_of_the_training_part_are_not_saved() -> None:
    module = small_module(
        loss=small_loss(torch.tensor([[0.5, 1.5, 1.0]])),
        speaker_statistics=torch.ones(4, 2, 16),
        adversary=small_adversary(),
    )
    names = {name.split(".")[0] for name in module.state_dict()}
    assert names == {"classifier", "adversary"}


def test_with_everything_off_a_step_is_the_loss_of_the_classifier(
    make_dataset: MakeDataset,
) -> None:
    classifier = small_classifier(spec_augment={})
    batch = batch_of(make_dataset())
    module = small_module(classifier=classifier)
    torch.manual_seed(3)
    found = module.training_step(batch, 0)
    torch.manual_seed(3)
    logits = classifier(batch.waveforms, batch.lengths)
    assert torch.allclose(found, F.cross_entropy(logits, batch.targets))


@pytest.mark.parametrize(
    "mixing", [Mixup(alpha=0.2, probability=1.0), CutMix(alpha=1.0, probability=1.0)]
)
def test_clips_are_mixed_before_they_are_masked(mixing: Mixing, make_dataset: MakeDataset) -> None:
    classifier = small_classifier(spec_augment={})
    batch = batch_of(make_dataset())
    module = small_module(classifier=classifier, mixing=mixing)
    torch.manual_seed(3)
    found = module.training_step(batch, 0)
    torch.manual_seed(3)
    features, frames = classifier.extract(batch.waveforms, batch.lengths)
    mixture = mixing.draw(frames)
    standardised = classifier.standardisation(features, frames, None)
    features, frames = mixture.features(standardised, frames)
    assert classifier.spec_augment is not None
    embeddings = classifier.network(classifier.spec_augment(features, frames), frames)
    expected = F.cross_entropy(classifier.head(embeddings), mixture.targets(batch.targets))
    assert torch.allclose(found, expected)


def test_the_loss_of_a_mixture_knows_the_corpora_of_both_clips(make_dataset: MakeDataset) -> None:
    # Clip by clip 0, 1, 2; the corpus of the last three has not emotion 0.
    competing = torch.tensor([[True, True, True], [False, True, True]])
    loss = CrossEntropy(torch.ones(2, 3), competing, label_smoothing=0.1)
    mixing = Mixup(alpha=0.2, probability=0.7)
    batch = batch_of(make_dataset(1))
    corpora = torch.tensor([0, 0, 0, 1, 1, 0])
    module = small_module(mixing=mixing, loss=loss, corpora=corpora)
    torch.manual_seed(3)
    found = module.training_step(batch, 0)
    torch.manual_seed(3)
    features, frames = module.classifier.extract(batch.waveforms, batch.lengths)
    mixture = mixing.draw(frames)
    output = module.classifier.classify(features, frames, None, mixture.features)
    mixed = mixture.targets(batch.targets)
    assert torch.equal(found, loss(output.logits, mixed, corpora[batch.clips], mixture))


def test_features_are_standardised_by_their_speaker(make_dataset: MakeDataset) -> None:
    classifier = small_classifier(standardisation={"kind": "per_speaker"})
    table = torch.stack([torch.randn(4, 16), torch.rand(4, 16) + 0.5], 1)
    module = small_module(classifier=classifier, speaker_statistics=table)
    batch = batch_of(make_dataset())
    assert batch.speakers.tolist() == [3, 2, 1, 0, 3, 2]
    logits = classifier(batch.waveforms, batch.lengths, table[[3, 2, 1, 0, 3, 2]])
    found = module.training_step(batch, 0)
    assert torch.allclose(found, F.cross_entropy(logits, batch.targets))
    others = small_module(classifier=classifier, speaker_statistics=table.flip(0))
    assert not torch.allclose(others.training_step(batch, 0), found)


def test_validation_uses_the_statistics_of_the_speaker(
    make_dataset: MakeDataset, train: Train
) -> None:
    classifier = small_classifier(standardisation={"kind": "per_speaker"})
    table = torch.stack([torch.randn(4, 16), torch.rand(4, 16) + 0.5], 1)
    module = small_module(classifier=classifier, speaker_statistics=table)
    train(module)
    batch = batch_of(make_dataset(24, 30))
    with torch.no_grad():
        logits = classifier.eval()(batch.waveforms, batch.lengths, table[batch.speakers])
    assert torch.allclose(module.validation_logits, logits, atol=1e-4)


def test_the_output_of_a_validation_is_kept_until_the_next(
    make_dataset: MakeDataset, train: Train
) -> None:
    module = small_module()
    epochs = train(module)
    batch = batch_of(make_dataset(24, 30))
    with torch.no_grad():
        logits = module.classifier.eval()(batch.waveforms, batch.lengths)
    assert torch.allclose(module.validation_logits, logits, atol=1e-4)
    assert torch.equal(module.validation_targets, batch.targets)
    loss = F.cross_entropy(module.validation_logits, module.validation_targets)
    assert float(loss) == pytest.approx(epochs[-1]["validation_loss"])


def test_the_loss_and_the_hits_of_the_adversary_are_logged(train: Train) -> None:
    adversary = small_adversary()
    before = adversary.hidden.weight.detach().clone()
    epochs = train(small_module(adversary=adversary))
    assert all(epoch["adversary_loss"] > 0.0 for epoch in epochs)
    assert all(0.0 <= epoch["adversary_accuracy"] <= 1.0 for epoch in epochs)
    assert not torch.equal(adversary.hidden.weight, before)
    assert not any(name.startswith("adversary") for name in train(small_module())[0])


def test_the_adversary_is_no_part_of_the_reported_loss(train: Train) -> None:
    # At the first step nothing of it has reached the classifier, and the epoch has three.
    reported = train(small_module(adversary=small_adversary()))[0]["train_loss"]
    assert reported == pytest.approx(train(small_module())[0]["train_loss"], abs=0.1)


def test_mixed_clips_have_mixed_speakers(
    make_dataset: MakeDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = small_module(mixing=Mixup(alpha=1.0, probability=1.0), adversary=small_adversary())
    losses = []

    def speaker_loss(embeddings: torch.Tensor, speakers: torch.Tensor, step: int) -> torch.Tensor:
        losses.append(speakers)
        return embeddings.sum()

    monkeypatch.setattr(module, "_speaker_loss", speaker_loss)
    torch.manual_seed(1)
    module.training_step(batch_of(make_dataset()), 0)
    (speakers,) = losses
    assert torch.allclose(speakers.sum(1), torch.ones(6))
    assert (speakers.max(1).values < 1.0).any()
