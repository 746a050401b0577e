"""TensorBoard events of a training, with epochs as steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import lightning
from lightning.pytorch.callbacks import Callback
from torch.utils.tensorboard import SummaryWriter

from emotion_classifier.rendering.confusion_frames import ConfusionFrames
from emotion_classifier.runs.history import Monitor, is_best
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.logging.clip_preview import preview_clips, spectrogram_pixels
from emotion_classifier.training.logging.confusion_history import EpochConfusion, epoch_confusion
from emotion_classifier.training.logging.epoch_scores import epoch_scores
from emotion_classifier.training.logging.projector import write_projector
from emotion_classifier.training.module import ClassifierModule


class ScoreEvents(Callback):
    """Writes the scores of each epoch.

    Parameters
    ----------
    writer : of the events.
    emotions : their names, in the order of the classes.
    """

    def __init__(self, writer: SummaryWriter, emotions: Sequence[str]) -> None:
        self.writer = writer
        self.emotions = emotions

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Write them to the disk before the checkpoint: a run killed between repeats the epoch."""
        assert isinstance(pl_module, ClassifierModule)
        epoch = pl_module.history[-1].epoch
        for name, score in epoch_scores(trainer, pl_module, self.emotions).items():
            self.writer.add_scalar(name, score, epoch)
        self.writer.flush()


class FigureEvents(Callback):
    """Draws confusion matrix, curves and clips after the first epoch and every few.

    Parameters
    ----------
    writer : of the events.
    emotions : their names, in the order of the classes.
    training : whose clips are shown.
    every_epochs : between two drawings; the last epoch is always drawn.
    clips : number of clips that are shown.
    """

    def __init__(
        self,
        writer: SummaryWriter,
        emotions: Sequence[str],
        training: ClipDataset,
        *,
        every_epochs: int,
        clips: int,
    ) -> None:
        self.writer = writer
        self.emotions = emotions
        self.training = training
        self.every_epochs = every_epochs
        self.clips = clips
        self._frames: ConfusionFrames | None = None
        self._is_behind = False

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Draw in the first, the last and every few epochs."""
        assert isinstance(pl_module, ClassifierModule)
        epoch = pl_module.history[-1].epoch
        self._is_behind = epoch not in (1, trainer.max_epochs) and epoch % self.every_epochs != 0
        if not self._is_behind:
            self._draw(pl_module)

    def on_train_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Draw the last epoch where early stopping has ended the training."""
        assert isinstance(pl_module, ClassifierModule)
        if self._is_behind:
            self._draw(pl_module)

    def _draw(self, module: ClassifierModule) -> None:
        epoch = module.history[-1].epoch
        self._confusion(epoch_confusion(module))
        self._curves(epoch, module)
        if self.clips:
            self._clips(epoch, module)

    def _confusion(self, matrix: EpochConfusion) -> None:
        # Reused: drawing the names around the matrix takes ten times as long as its cells.
        self._frames = self._frames or ConfusionFrames(self.emotions)
        pixels = self._frames.draw(matrix.counts, matrix.title)
        self.writer.add_image("confusion", pixels, matrix.epoch, dataformats="HWC")

    def _curves(self, epoch: int, module: ClassifierModule) -> None:
        shares = module.validation_logits.softmax(1).nan_to_num().cpu().numpy()
        true = module.validation_targets.argmax(1).cpu().numpy()
        for index, emotion in enumerate(self.emotions):
            tag = f"precision_recall/{emotion}"
            self.writer.add_pr_curve(tag, true == index, shares[:, index], epoch)

    def _clips(self, epoch: int, module: ClassifierModule) -> None:
        previews = preview_clips(self.training, self.emotions, self.clips, epoch)
        rate = self.training.model_input.sample_rate
        for clip in previews:
            tag = f"training_clips/{clip.name}"
            if epoch == 1:
                self.writer.add_audio(f"{tag}_clean", clip.clean.clip(-1, 1), epoch, rate)
            self.writer.add_audio(f"{tag}_augmented", clip.augmented.clip(-1, 1), epoch, rate)
        pixels = spectrogram_pixels(previews, module.classifier.frontend, rate, epoch)
        self.writer.add_image("training_clips", pixels, epoch, dataformats="HWC")


class EmbeddingFiles(Callback):
    """Writes the embeddings of the validation clips in the best epoch, for the projector.

    Parameters
    ----------
    folder : of the events.
    emotions : their names, in the order of the classes.
    validation : whose clips are shown.
    monitor : the validation score that chooses the best.
    """

    def __init__(
        self,
        folder: Path,
        emotions: Sequence[str],
        validation: ClipDataset,
        monitor: Monitor,
    ) -> None:
        self.folder = folder
        self.emotions = emotions
        self.validation = validation
        self.monitor = monitor

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Write the embeddings of an epoch that is better than all before."""
        assert isinstance(pl_module, ClassifierModule)
        if not is_best(pl_module.history, self.monitor):
            return
        outputs = {
            "emotion": pl_module.validation_targets,
            "predicted": pl_module.validation_logits,
        }
        facts: dict[str, Sequence[str]] = {
            name: [self.emotions[index] for index in values.argmax(1).tolist()]
            for name, values in outputs.items()
        }
        facts |= {"speaker": self.validation.speakers, "corpus": self.validation.corpora}
        embeddings = pl_module.validation_embeddings.cpu().numpy()
        write_projector(self.folder, embeddings, facts)
