"""The Lightning module of a training run."""

from __future__ import annotations

import math
import time
from typing import Any

import lightning
import numpy as np
import numpy.typing as npt
import torch
from lightning.pytorch.trainer.states import TrainerFn
from torch import nn
from torch.nn import functional as F

from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.metrics import METRICS, confusion, uar
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.runs.history import EpochRow, Monitor
from emotion_classifier.training.checkpoints.files import AVERAGE, remove_frozen, restore_frozen
from emotion_classifier.training.data.hidden_state_dataset import HiddenStateBatch
from emotion_classifier.training.data.items import ClipBatch
from emotion_classifier.training.distributed.collectives import (
    average_running_statistics,
    gather_rows,
    get_rank,
    mean_over_ranks,
)
from emotion_classifier.training.objectives.adversary import SpeakerAdversary
from emotion_classifier.training.objectives.losses import CrossEntropy
from emotion_classifier.training.objectives.mixing import Mixing
from emotion_classifier.training.optim.moving_average import MovingAverage
from emotion_classifier.training.optim.parameter_groups import parameter_groups
from emotion_classifier.training.optim.schedules import Schedule


class ClassifierModule(lightning.LightningModule):
    """Steps, optimiser, schedule and validation scores of a classifier.

    Every step has a seed of its own (for dropout, SpecAugment and mixing), made of run seed, epoch,
    step and rank, so an interrupted run takes the same steps again. All processes have the same
    scores.

    From the end of a validation to that of the next one, `validation_embeddings` (clip, embedding),
    `validation_logits` (clip, emotion) and `validation_targets` (clip, emotion), all float32, hold
    the output for the validation part, in the order of its clips.

    Parameters
    ----------
    classifier : with fitted standardisation, its encoder prepared by `Encoder.tune`.
    schedule : of the learning rate.
    loss : of logits and targets, in training.
    corpora : (clip,) int64, row of each training clip in the tables of `loss`.
    mixing : of the clips of a training batch.
    adversary : classifies the training speakers; no part of the model.
    speaker_statistics : (speaker, 2, feature) mean and deviation of the features of each speaker,
        in the order of `ClipBatch.speakers`; None where the standardisation needs none.
    moving_average : of the weights of `classifier`, which is validated in their place.
    learning_rate, weight_decay, encoder_learning_rate, layer_decay : as in `TrainingConfig`.
    monitor : a metric or ``loss``, the validation score that the schedule receives.
    seed : of the run.
    """

    speaker_statistics: torch.Tensor | None
    corpora: torch.Tensor

    def __init__(
        self,
        classifier: EmotionClassifier,
        schedule: Schedule,
        loss: CrossEntropy,
        *,
        corpora: torch.Tensor,
        mixing: Mixing | None = None,
        adversary: SpeakerAdversary | None = None,
        speaker_statistics: torch.Tensor | None = None,
        moving_average: MovingAverage | None = None,
        learning_rate: float,
        weight_decay: float,
        encoder_learning_rate: float | None,
        layer_decay: float,
        monitor: Monitor,
        seed: int,
    ) -> None:
        super().__init__()
        self.classifier = classifier
        self.schedule = schedule
        self.loss = loss
        self.mixing = mixing
        self.adversary = adversary
        self.register_buffer("speaker_statistics", speaker_statistics, persistent=False)
        self.register_buffer("corpora", corpora, persistent=False)
        self.moving_average = moving_average
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.encoder_learning_rate = encoder_learning_rate
        self.layer_decay = layer_decay
        self.monitor = monitor
        self.seed = seed
        self.history: list[EpochRow] = []
        self.validation_embeddings = torch.empty(0)
        self.validation_logits = torch.empty(0)
        self.validation_targets = torch.empty(0)
        self._training: list[torch.Tensor] = []
        self._training_pairs: list[torch.Tensor] = []
        self._adversarial: list[torch.Tensor] = []
        self._validation: list[tuple[torch.Tensor, ...]] = []
        self._started = time.monotonic()

    @property
    def encoder(self) -> Encoder | None:
        """The pretrained encoder of the classifier, where it has one."""
        frontend: nn.Module = self.classifier.frontend
        return frontend if isinstance(frontend, Encoder) else None

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW over all weights that are ever trained, also those that are frozen at first.

        A frozen weight has no gradient, so AdamW neither changes nor decays it.
        """
        encoder_rate = self.encoder_learning_rate
        groups = parameter_groups(
            self,
            self.encoder,
            learning_rate=self.learning_rate,
            encoder_learning_rate=self.learning_rate if encoder_rate is None else encoder_rate,
            layer_decay=self.layer_decay,
            weight_decay=self.weight_decay,
        )
        self._learning_rates = [group.learning_rate for group in groups]
        return torch.optim.AdamW(
            [{"params": g.parameters, "weight_decay": g.weight_decay} for g in groups],
            lr=self.learning_rate,
        )

    def on_train_start(self) -> None:
        """Start the moving average, on the device of the weights."""
        if self.moving_average is not None:
            self.moving_average.start()

    def on_train_epoch_start(self) -> None:
        """Start the epoch's clock and sums, and thaw layers of the encoder where it is time."""
        if self.encoder is not None:
            self.encoder.start_epoch(self.current_epoch)
        self._started = time.monotonic()
        self._training = []
        self._training_pairs = []
        self._adversarial = []

    def on_train_batch_start(self, batch: ClipBatch | HiddenStateBatch, batch_idx: int) -> None:
        """Seed the step and set its learning rates."""
        rank = get_rank()
        place = (self.seed, self.current_epoch, batch_idx, *((rank,) if rank else ()))
        step_seed = np.random.SeedSequence(place)
        torch.manual_seed(int(step_seed.generate_state(1, np.uint64)[0] >> 1))
        factor = self.schedule.factor(self._epochs_done(batch_idx))
        groups = self.trainer.optimizers[0].param_groups
        for group, highest in zip(groups, self._learning_rates, strict=True):
            group["lr"] = highest * factor

    def training_step(self, batch: ClipBatch | HiddenStateBatch, batch_idx: int) -> torch.Tensor:
        """The loss of one batch, plus that of the adversary where there is one."""
        features, frames = self._extract(batch)
        mixture = None if self.mixing is None else self.mixing.draw(frames)
        mix = None if mixture is None else mixture.features
        output = self.classifier.classify(features, frames, self._statistics(batch), mix)
        targets = batch.targets if mixture is None else mixture.targets(batch.targets)
        loss: torch.Tensor = self.loss(output.logits, targets, self.corpora[batch.clips], mixture)
        self._training.append(loss.detach())
        # The emotion of a mixture is that of its larger share.
        self._training_pairs.append(torch.stack([targets.argmax(1), output.logits.argmax(1)], 1))
        if self.adversary is None:
            return loss
        speakers = F.one_hot(batch.speakers, self.adversary.speakers).float()
        if mixture is not None:
            speakers = mixture.targets(speakers)
        return loss + self._speaker_loss(output.embeddings, speakers, batch_idx)

    def on_train_batch_end(
        self, outputs: Any, batch: ClipBatch | HiddenStateBatch, batch_idx: int
    ) -> None:
        """Update the moving average; at the epoch's end average running statistics.

        Without validation, the epoch is scored here.
        """
        if self.moving_average is not None:
            self.moving_average.update(self.trainer.global_step)
        if batch_idx + 1 < self.trainer.num_training_batches:
            return
        average_running_statistics(self)
        self._swap_average()
        average_running_statistics(self)
        self._swap_average()
        if not sum(self.trainer.num_val_batches):
            self._end_epoch(self._score(None, None))

    def on_validation_epoch_start(self) -> None:
        """Discard the output of the last validation, and take the averaged weights."""
        self._validation = []
        if self.trainer.state.fn == TrainerFn.FITTING:
            self._swap_average()

    def validation_step(self, batch: ClipBatch | HiddenStateBatch, batch_idx: int) -> None:
        """Collect the output."""
        output = self.classifier.classify(*self._extract(batch), self._statistics(batch))
        self._validation.append(
            (output.embeddings.float(), output.logits, batch.targets, batch.clips)
        )

    def on_validation_epoch_end(self) -> None:
        """Score the epoch."""
        rows = tuple(map(torch.cat, zip(*self._validation, strict=True)))
        # A single trainer may validate in one of several processes, see `fit`.
        embeddings, logits, targets, clips = (
            gather_rows(rows) if self.trainer.world_size > 1 else rows
        )
        order = clips.argsort()  # batches may have come by length
        self.validation_embeddings = embeddings[order]
        self.validation_logits = logits[order].float()
        self.validation_targets = targets[order]
        if self.trainer.state.fn == TrainerFn.FITTING:
            self._swap_average()
            self._end_epoch(self._score(self.validation_logits, self.validation_targets))

    @property
    def validation_uar(self) -> float:
        """Unweighted average recall of the last validation."""
        return float(uar(_confusion(self.validation_logits, self.validation_targets)))

    def _end_epoch(self, row: EpochRow) -> None:
        """Add the scores to the history, pass them to the schedule, log them."""
        if not math.isfinite(row.train_loss):
            raise RunError(
                f"the loss became {row.train_loss} in epoch {row.epoch}: lower "
                "training.learning_rate, or set training.precision: fp32"
            )
        self.history.append(row)
        self.schedule.end_epoch(row.score(self.monitor))
        for name, value in row.record.items():
            if name != "epoch" and not math.isnan(value):
                self.log(name, value, on_epoch=True)
        if self._adversarial:
            speaker_loss, hits = torch.stack(self._adversarial).mean(0).tolist()
            self.log("adversary_loss", mean_over_ranks(speaker_loss), on_epoch=True)
            self.log("adversary_accuracy", mean_over_ranks(hits), on_epoch=True)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add schedule, history and moving average, leave out frozen weights."""
        checkpoint["schedule"] = self.schedule.state_dict()
        checkpoint["history"] = [row.record for row in self.history]
        if self.moving_average is not None:
            checkpoint[AVERAGE] = self.moving_average.values
        remove_frozen(checkpoint, self.classifier)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Continue from a checkpoint.

        Raises
        ------
        RunError
            Its frozen weights were those of another encoder.
        """
        self.schedule.load_state_dict(checkpoint["schedule"])
        self.history = [EpochRow.from_record(row) for row in checkpoint["history"]]
        if self.moving_average is not None:
            self.moving_average.values = checkpoint[AVERAGE]
        restore_frozen(checkpoint, self.classifier)

    def _swap_average(self) -> None:
        """Exchange the weights and their moving average, where there is one."""
        if self.moving_average is not None:
            self.moving_average.swap()

    def _epochs_done(self, batch_idx: int) -> float:
        """Epochs since the start of training, a fraction within the epoch."""
        return self.current_epoch + batch_idx / self.trainer.num_training_batches

    def _extract(self, batch: ClipBatch | HiddenStateBatch) -> tuple[torch.Tensor, torch.Tensor]:
        """Features of the front-end (batch, frame, feature) and the frames (batch,) of each clip."""
        if isinstance(batch, ClipBatch):
            return self.classifier.extract(batch.waveforms, batch.lengths)
        assert self.encoder is not None
        states = self.encoder.upper_states(batch.hidden_states.float(), batch.lengths)
        return self.encoder.combine(states), batch.lengths

    def _statistics(self, batch: ClipBatch | HiddenStateBatch) -> torch.Tensor | None:
        """Statistics (batch, 2, feature) of the speaker of each clip."""
        table = self.speaker_statistics
        return None if table is None else table[batch.speakers]

    def _speaker_loss(
        self, embeddings: torch.Tensor, speakers: torch.Tensor, batch_idx: int
    ) -> torch.Tensor:
        """The loss of the adversary for distributions (batch, speaker) of the speakers."""
        assert self.adversary is not None and self.trainer.max_epochs is not None
        logits = self.adversary(embeddings, self._epochs_done(batch_idx) / self.trainer.max_epochs)
        loss = F.cross_entropy(logits, speakers)
        hits = (logits.argmax(1) == speakers.argmax(1)).float().mean()
        self._adversarial.append(torch.stack([loss.detach(), hits]))
        return loss

    def _score(self, logits: torch.Tensor | None, targets: torch.Tensor | None) -> EpochRow:
        """The epoch with the scores of its validation; NaN where there is none."""
        validation_loss, validation = math.nan, dict.fromkeys(METRICS, math.nan)
        if logits is not None and targets is not None:
            counts = _confusion(logits, targets)
            validation_loss = float(F.cross_entropy(logits, targets))
            validation = _scores(counts)
        return EpochRow(
            epoch=self.current_epoch + 1,
            train_loss=mean_over_ranks(float(torch.stack(self._training).mean())),
            validation_loss=validation_loss,
            validation=validation,
            training=self._training_scores(),
            learning_rate=float(self.trainer.optimizers[0].param_groups[0]["lr"]),
            seconds=time.monotonic() - self._started,
        )

    def _training_scores(self) -> dict[str, float]:
        """Metric → its value over the steps of the epoch, in all processes together."""
        (pairs,) = gather_rows((torch.cat(self._training_pairs),))
        true, predicted = pairs.cpu().numpy().T
        return _scores(confusion(true, predicted, self.loss.weights.shape[1]))


def _scores(counts: npt.NDArray[np.int64]) -> dict[str, float]:
    """Metric → its value for counts (true emotion, predicted emotion)."""
    return {name: float(metric(counts)) for name, metric in METRICS.items()}


def _confusion(logits: torch.Tensor, targets: torch.Tensor) -> npt.NDArray[np.int64]:
    """Counts (emotion, emotion) of `logits` (clip, emotion) against `targets` (clip, emotion)."""
    true, predicted = (values.argmax(1).cpu().numpy() for values in (targets, logits))
    return confusion(true, predicted, logits.shape[1])
