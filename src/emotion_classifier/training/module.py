"""One training run as Lightning sees it."""

from __future__ import annotations

import math
import time
from typing import Any, NamedTuple

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
from emotion_classifier.training.checkpoints.files import leave_out_frozen, put_back_frozen
from emotion_classifier.training.data.dataset import ClipBatch
from emotion_classifier.training.data.hidden_state_dataset import HiddenStateBatch
from emotion_classifier.training.distributed.collectives import (
    average_running_statistics,
    gather_rows,
    get_rank,
    mean_over_ranks,
)
from emotion_classifier.training.objectives.adversary import SpeakerAdversary
from emotion_classifier.training.objectives.losses import CrossEntropy
from emotion_classifier.training.objectives.mixing import Mixing
from emotion_classifier.training.optim.parameter_groups import parameter_groups
from emotion_classifier.training.optim.schedules import Schedule


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
    run seed, epoch and step; so a run that was interrupted takes the same steps again. Of several
    processes each has its own, and all keep the same scores.

    From the end of a validation until that of the next one, `validation_embeddings` (clip,
    embedding), `validation_logits` (clip, emotion) and `validation_targets` (clip, emotion), all
    float32, hold the answers on the validation part, in the
    order of its clips.

    Parameters
    ----------
    classifier : with its standardisation fitted; an encoder in it made ready by `Encoder.tune`.
    schedule : of the learning rate.
    loss : of logits and targets, while training.
    mixing : of the training clips of a batch; None for none.
    adversary : learns to name the training speakers, for the classifier to prevent it; None for
        none. It stays here: the model is the classifier alone.
    speaker_statistics : (speaker, 2, feature) mean and deviation of the features of each speaker,
        in the order of `ClipBatch.speakers`; None where the standardisation needs none.
    learning_rate, weight_decay : as in `TrainingConfig`.
    encoder_learning_rate, layer_decay : the same, for a pretrained encoder; None is
        `learning_rate`.
    monitor : a metric or ``loss``, the validation score that the schedule hears.
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
        encoder_learning_rate: float | None = None,
        layer_decay: float = 1.0,
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

        What is frozen has no gradient, and AdamW leaves such weights alone, their decay included.
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

    def on_train_epoch_start(self) -> None:
        """Start the epoch's clock and sums; an encoder may thaw further."""
        if self.encoder is not None:
            self.encoder.start_epoch(self.current_epoch)
        self._started = time.monotonic()
        self._training = []
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

    def on_train_batch_end(
        self, outputs: Any, batch: ClipBatch | HiddenStateBatch, batch_idx: int
    ) -> None:
        """Make the model of all processes the same at the epoch's end; no validation: score it."""
        if batch_idx + 1 < self.trainer.num_training_batches:
            return
        average_running_statistics(self)
        if not sum(self.trainer.num_val_batches):
            self._end_epoch(self._score(None, None))

    def on_validation_epoch_start(self) -> None:
        """Forget the last epoch's answers."""
        self._validation = []

    def validation_step(self, batch: ClipBatch | HiddenStateBatch, batch_idx: int) -> None:
        """Keep the answers."""
        embeddings = self.classifier.network(*self._features(batch))
        logits = self.classifier.answer(embeddings)
        self._validation.append((embeddings.float(), logits, batch.targets, batch.clips))

    def on_validation_epoch_end(self) -> None:
        """Score the epoch."""
        answers = tuple(map(torch.cat, zip(*self._validation, strict=True)))
        embeddings, logits, targets, clips = (
            gather_rows(answers) if self.trainer.world_size > 1 else answers
        )
        order = clips.argsort()  # batches may have come by length
        self.validation_embeddings = embeddings[order]
        self.validation_logits = logits[order].float()
        self.validation_targets = targets[order]
        if self.trainer.state.fn == TrainerFn.FITTING:
            self._end_epoch(self._score(self.validation_logits, self.validation_targets))

    @property
    def validation_uar(self) -> float:
        """Unweighted average recall of the last validation."""
        return float(uar(_confusion(self.validation_logits, self.validation_targets)))

    def _end_epoch(self, row: EpochRow) -> None:
        """Keep the scores of the epoch, tell the schedule, log."""
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
        """Add what Lightning does not know of, leave out what training does not change."""
        checkpoint["schedule"] = self.schedule.state_dict()
        checkpoint["history"] = [row.record for row in self.history]
        leave_out_frozen(checkpoint, self.classifier)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Continue from a checkpoint.

        Raises
        ------
        RunError
            Its frozen weights were those of another encoder.
        """
        self.schedule.load_state_dict(checkpoint["schedule"])
        self.history = [EpochRow.from_record(row) for row in checkpoint["history"]]
        put_back_frozen(checkpoint, self.classifier)

    def _epochs_done(self, batch_idx: int) -> float:
        """Epochs since the start of training, with the fraction of the one that runs."""
        return self.current_epoch + batch_idx / self.trainer.num_training_batches

    def _features(self, batch: ClipBatch | HiddenStateBatch) -> tuple[torch.Tensor, torch.Tensor]:
        """Features (batch, frame, feature), standardised, and the frames (batch,) of each clip."""
        table = self.speaker_statistics
        statistics = None if table is None else table[batch.speakers]
        if isinstance(batch, ClipBatch):
            return self.classifier.features(batch.waveforms, batch.lengths, statistics)
        assert self.encoder is not None
        features = self.encoder.combine(batch.states.float())
        return self.classifier.standardisation(features, batch.lengths, statistics), batch.lengths

    def _pass(self, batch: ClipBatch | HiddenStateBatch) -> Pass:
        """A training batch on its way: features, mixing, SpecAugment, network."""
        features, frames = self._features(batch)
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
        validation_loss, validation = math.nan, dict.fromkeys(METRICS, math.nan)
        if logits is not None and targets is not None:
            counts = _confusion(logits, targets)
            validation_loss = float(F.cross_entropy(logits, targets))
            validation = {name: float(metric(counts)) for name, metric in METRICS.items()}
        return EpochRow(
            epoch=self.current_epoch + 1,
            train_loss=mean_over_ranks(float(torch.stack(self._training).mean())),
            validation_loss=validation_loss,
            validation=validation,
            learning_rate=float(self.trainer.optimizers[0].param_groups[0]["lr"]),
            seconds=time.monotonic() - self._started,
        )


def _confusion(logits: torch.Tensor, targets: torch.Tensor) -> npt.NDArray[np.int64]:
    """Counts (emotion, emotion) of `logits` (clip, emotion) against `targets` (clip, emotion)."""
    truth, answers = targets.argmax(1).cpu().numpy(), logits.argmax(1).cpu().numpy()
    return confusion(truth, answers, logits.shape[1])
