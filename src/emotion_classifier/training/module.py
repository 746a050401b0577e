"""One training run as Lightning sees it."""

from __future__ import annotations

import math
import time
from typing import Any, Literal, NamedTuple

import lightning
import numpy as np
import torch
from torch.nn import functional as F

from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.categorical import accuracy, confusion, uar
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.training.adversary import SpeakerAdversary
from emotion_classifier.training.dataset import ClipBatch
from emotion_classifier.training.history import EpochRow
from emotion_classifier.training.losses import CrossEntropy
from emotion_classifier.training.mixing import Mixing
from emotion_classifier.training.schedules import Schedule


class Pass(NamedTuple):
    """What a batch became on its way through the classifier.

    Parameters
    ----------
    embeddings : (batch, embedding) of clips that may have been mixed.
    targets : (batch, emotion) distributions, mixed in the same way.
    speakers : (batch, speaker) the same of the training speakers; None where nobody asks.
    """

    embeddings: torch.Tensor
    targets: torch.Tensor
    speakers: torch.Tensor | None


class ClassifierModule(lightning.LightningModule):
    """Steps, optimiser, schedule and validation scores of a classifier.

    Every step's random numbers (dropout, SpecAugment, mixing) come from a seed of its own, made of
    run seed, epoch and step; so a run that was interrupted takes the same steps again.

    From the end of a validation until that of the next one, `validation_embeddings` (clip,
    embedding), `validation_logits` (clip, emotion) and `validation_targets` (clip, emotion), all
    float32, hold the answers on the validation part, in the
    order of its clips.

    Parameters
    ----------
    classifier : with its standardisation fitted.
    schedule : of the learning rate.
    loss : of logits and targets, while training.
    mixing : of the training clips of a batch; None for none.
    adversary : learns to name the training speakers, for the classifier to prevent it; None for
        none. It stays here: the model is the classifier alone.
    speaker_statistics : (speaker, 2, feature) mean and deviation of the features of each speaker,
        in the order of `ClipBatch.speakers`; None where the standardisation needs none.
    learning_rate, weight_decay : as in `TrainingConfig`.
    monitor : ``uar`` or ``loss``, the validation score that the schedule hears.
    seed : of the run.
    """

    speaker_statistics: torch.Tensor | None

    def __init__(
        self,
        classifier: EmotionClassifier,
        schedule: Schedule,
        loss: CrossEntropy,
        *,
        mixing: Mixing | None = None,
        adversary: SpeakerAdversary | None = None,
        speaker_statistics: torch.Tensor | None = None,
        learning_rate: float,
        weight_decay: float,
        monitor: Literal["uar", "loss"],
        seed: int,
    ) -> None:
        super().__init__()
        self.classifier = classifier
        self.schedule = schedule
        self.loss = loss
        self.mixing = mixing
        self.adversary = adversary
        self.register_buffer("speaker_statistics", speaker_statistics, persistent=False)
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.monitor = monitor
        self.seed = seed
        self.history: list[EpochRow] = []
        self.validation_embeddings = torch.empty(0)
        self.validation_logits = torch.empty(0)
        self.validation_targets = torch.empty(0)
        self._training: list[torch.Tensor] = []
        self._adversarial: list[torch.Tensor] = []
        self._validation: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
        self._started = time.monotonic()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW; biases and normalisations are not decayed."""
        decayed = [p for p in self.parameters() if p.ndim > 1]
        others = [p for p in self.parameters() if p.ndim <= 1]
        groups = [
            {"params": decayed, "weight_decay": self.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=self.learning_rate)

    def on_train_epoch_start(self) -> None:
        """Start the epoch's clock and sums."""
        self._started = time.monotonic()
        self._training = []
        self._adversarial = []

    def on_train_batch_start(self, batch: ClipBatch, batch_idx: int) -> None:
        """Seed the step and set its learning rate."""
        step_seed = np.random.SeedSequence((self.seed, self.current_epoch, batch_idx))
        torch.manual_seed(int(step_seed.generate_state(1, np.uint64)[0] >> 1))
        factor = self.schedule.factor(self._epochs_done(batch_idx))
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = self.learning_rate * factor

    def training_step(self, batch: ClipBatch, batch_idx: int) -> torch.Tensor:
        """The loss of one batch, plus that of the adversary where there is one."""
        done = self._pass(batch)
        loss: torch.Tensor = self.loss(self.classifier.answer(done.embeddings), done.targets)
        self._training.append(loss.detach())
        if self.adversary is None or done.speakers is None:
            return loss
        assert self.trainer.max_epochs is not None
        progress = self._epochs_done(batch_idx) / self.trainer.max_epochs
        guesses = self.adversary(done.embeddings, progress)
        speaker_loss = F.cross_entropy(guesses, done.speakers)
        hits = (guesses.argmax(1) == done.speakers.argmax(1)).float().mean()
        self._adversarial.append(torch.stack([speaker_loss.detach(), hits]))
        return loss + speaker_loss

    def on_train_batch_end(self, outputs: Any, batch: ClipBatch, batch_idx: int) -> None:
        """End the epoch, where no validation will."""
        last = batch_idx + 1 == self.trainer.num_training_batches
        if last and not sum(self.trainer.num_val_batches):
            self._end_epoch(self._score(None, None))

    def on_validation_epoch_start(self) -> None:
        """Forget the last epoch's answers."""
        self._validation = []

    def validation_step(self, batch: ClipBatch, batch_idx: int) -> None:
        """Keep the answers."""
        statistics = self._statistics(batch)
        features = self.classifier.features(batch.waveforms, batch.lengths, statistics)
        embeddings = self.classifier.network(*features)
        logits = self.classifier.answer(embeddings)
        self._validation.append((embeddings.float(), logits, batch.targets))

    def on_validation_epoch_end(self) -> None:
        """Score the epoch."""
        embeddings, logits, targets = map(torch.cat, zip(*self._validation, strict=True))
        self.validation_embeddings = embeddings
        self.validation_logits = logits.float()
        self.validation_targets = targets
        self._end_epoch(self._score(self.validation_logits, self.validation_targets))

    def _end_epoch(self, row: EpochRow) -> None:
        """Keep the scores of the epoch, tell the schedule, log."""
        if not math.isfinite(row.train_loss):
            raise RunError(
                f"the loss became {row.train_loss} in epoch {row.epoch}: lower "
                "training.learning_rate, or set training.precision: fp32"
            )
        self.history.append(row)
        self.schedule.end_epoch(row.score(self.monitor))
        for name, value in row._asdict().items():
            if name != "epoch" and not math.isnan(value):
                self.log(name, value, on_epoch=True)
        if self._adversarial:
            speaker_loss, hits = torch.stack(self._adversarial).mean(0).tolist()
            self.log("adversary_loss", speaker_loss, on_epoch=True)
            self.log("adversary_accuracy", hits, on_epoch=True)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what Lightning does not know of."""
        checkpoint["schedule"] = self.schedule.state_dict()
        checkpoint["history"] = [list(row) for row in self.history]

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Continue from a checkpoint."""
        self.schedule.load_state_dict(checkpoint["schedule"])
        self.history = [EpochRow(*row) for row in checkpoint["history"]]

    def _epochs_done(self, batch_idx: int) -> float:
        """Epochs since the start of training, with the fraction of the one that runs."""
        return self.current_epoch + batch_idx / self.trainer.num_training_batches

    def _statistics(self, batch: ClipBatch) -> torch.Tensor | None:
        table = self.speaker_statistics
        return None if table is None else table[batch.speakers]

    def _pass(self, batch: ClipBatch) -> Pass:
        """A training batch on its way: features, mixing, SpecAugment, network."""
        features, frames = self.classifier.features(
            batch.waveforms, batch.lengths, self._statistics(batch)
        )
        targets = batch.targets
        speakers = None
        if self.adversary is not None:
            speakers = F.one_hot(batch.speakers, self.adversary.speakers).float()
        if self.mixing is not None:
            mixture = self.mixing.draw(frames)
            features, frames = mixture.features(features, frames)
            targets = mixture.targets(targets)
            speakers = None if speakers is None else mixture.targets(speakers)
        if self.classifier.spec_augment is not None:
            features = self.classifier.spec_augment(features, frames)
        return Pass(self.classifier.network(features, frames), targets, speakers)

    def _score(self, logits: torch.Tensor | None, targets: torch.Tensor | None) -> EpochRow:
        """The epoch with the scores of its validation; NaN where there is none."""
        validation_loss = validation_uar = validation_accuracy = math.nan
        if logits is not None and targets is not None:
            truth, answers = targets.argmax(1).cpu().numpy(), logits.argmax(1).cpu().numpy()
            counts = confusion(truth, answers, logits.shape[1])
            validation_loss = float(F.cross_entropy(logits, targets))
            validation_uar, validation_accuracy = float(uar(counts)), float(accuracy(counts))
        return EpochRow(
            epoch=self.current_epoch + 1,
            train_loss=float(torch.stack(self._training).mean()),
            validation_loss=validation_loss,
            validation_uar=validation_uar,
            validation_accuracy=validation_accuracy,
            learning_rate=float(self.trainer.optimizers[0].param_groups[0]["lr"]),
            seconds=time.monotonic() - self._started,
        )
