"""One training run as Lightning sees it."""

from __future__ import annotations

import math
import time
from typing import Any, Literal

import lightning
import numpy as np
import torch
from torch.nn import functional as F

from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.categorical import accuracy, confusion, uar
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.training.dataset import ClipBatch
from emotion_classifier.training.history import EpochRow
from emotion_classifier.training.schedules import Schedule


class ClassifierModule(lightning.LightningModule):
    """Loss, optimiser, schedule and validation scores of a classifier.

    Every step's random numbers (dropout, SpecAugment) come from a seed of its own, made of run
    seed, epoch and step; so a run that was interrupted takes the same steps again.

    Parameters
    ----------
    classifier : with its standardisation fitted.
    schedule : of the learning rate.
    weights : (emotion,) of the loss.
    learning_rate, weight_decay, label_smoothing : as in `TrainingConfig`.
    monitor : ``uar`` or ``loss``, the validation score that the schedule hears.
    seed : of the run.
    """

    weights: torch.Tensor

    def __init__(
        self,
        classifier: EmotionClassifier,
        schedule: Schedule,
        weights: torch.Tensor,
        *,
        learning_rate: float,
        weight_decay: float,
        label_smoothing: float,
        monitor: Literal["uar", "loss"],
        seed: int,
    ) -> None:
        super().__init__()
        self.classifier = classifier
        self.schedule = schedule
        self.register_buffer("weights", weights, persistent=False)
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.monitor = monitor
        self.seed = seed
        self.history: list[EpochRow] = []
        self._training: list[torch.Tensor] = []
        self._validation: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._started = time.monotonic()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW; biases and normalisations are not decayed."""
        decayed = [p for p in self.classifier.parameters() if p.ndim > 1]
        others = [p for p in self.classifier.parameters() if p.ndim <= 1]
        groups = [
            {"params": decayed, "weight_decay": self.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=self.learning_rate)

    def on_train_epoch_start(self) -> None:
        """Start the epoch's clock and sums."""
        self._started = time.monotonic()
        self._training = []

    def on_train_batch_start(self, batch: ClipBatch, batch_idx: int) -> None:
        """Seed the step and set its learning rate."""
        step_seed = np.random.SeedSequence((self.seed, self.current_epoch, batch_idx))
        torch.manual_seed(int(step_seed.generate_state(1, np.uint64)[0] >> 1))
        progress = self.current_epoch + batch_idx / self.trainer.num_training_batches
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = self.learning_rate * self.schedule.factor(progress)

    def training_step(self, batch: ClipBatch, batch_idx: int) -> torch.Tensor:
        """The smoothed, weighted cross-entropy of one batch."""
        loss = F.cross_entropy(
            self.classifier(batch.waveforms, batch.lengths),
            batch.targets,
            self.weights,
            label_smoothing=self.label_smoothing,
        )
        self._training.append(loss.detach())
        return loss

    def on_validation_epoch_start(self) -> None:
        """Forget the last epoch's answers."""
        self._validation = []

    def validation_step(self, batch: ClipBatch, batch_idx: int) -> None:
        """Keep the answers."""
        self._validation.append((self.classifier(batch.waveforms, batch.lengths), batch.targets))

    def on_validation_epoch_end(self) -> None:
        """Score the epoch, tell the schedule, log."""
        logits = torch.cat([logits for logits, _ in self._validation]).float()
        targets = torch.cat([targets for _, targets in self._validation])
        counts = confusion(targets.cpu().numpy(), logits.argmax(1).cpu().numpy(), logits.shape[1])
        row = EpochRow(
            epoch=self.current_epoch + 1,
            train_loss=float(torch.stack(self._training).mean()),
            validation_loss=float(F.cross_entropy(logits, targets)),
            validation_uar=float(uar(counts)),
            validation_accuracy=float(accuracy(counts)),
            learning_rate=float(self.trainer.optimizers[0].param_groups[0]["lr"]),
            seconds=time.monotonic() - self._started,
        )
        if not math.isfinite(row.train_loss):
            raise RunError(
                f"the loss became {row.train_loss} in epoch {row.epoch}: lower "
                "training.learning_rate, or set training.precision: fp32"
            )
        self.history.append(row)
        self.schedule.end_epoch(row.score(self.monitor))
        for name, value in row._asdict().items():
            if name != "epoch":
                self.log(name, value, on_epoch=True)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what Lightning does not know of."""
        checkpoint["schedule"] = self.schedule.state_dict()
        checkpoint["history"] = [list(row) for row in self.history]

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Continue from a checkpoint."""
        self.schedule.load_state_dict(checkpoint["schedule"])
        self.history = [EpochRow(*row) for row in checkpoint["history"]]
