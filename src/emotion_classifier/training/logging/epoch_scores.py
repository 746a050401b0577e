"""The scores of an epoch, with the names that TensorBoard and trackers show."""

from __future__ import annotations

from collections.abc import Sequence

import lightning
import numpy as np

from emotion_classifier.evaluation.metrics import recall
from emotion_classifier.training.logging.confusion_history import epoch_confusion
from emotion_classifier.training.module import ClassifierModule


def epoch_scores(
    trainer: lightning.Trainer, module: ClassifierModule, emotions: Sequence[str]
) -> dict[str, float]:
    """Name → score of the last epoch, such as ``loss/train`` and ``recall/<emotion>``."""
    row = module.history[-1]
    recalls = zip(emotions, recall(epoch_confusion(module).counts).tolist(), strict=True)
    scores = {
        "loss/train": row.train_loss,
        "loss/validation": row.validation_loss,
        **{f"score/{name}": value for name, value in row.validation.items()},
        **{f"score/train_{name}": value for name, value in row.training.items()},
        "learning_rate": row.learning_rate,
        "epoch_seconds": row.seconds,
        **{f"recall/{name}": value for name, value in recalls if np.isfinite(value)},
        "best/validation_uar": max(each.validation_uar for each in module.history),
    }
    others = {name for name in trainer.callback_metrics if name not in row.record}
    return scores | {
        name.replace("_", "/", 1): float(trainer.callback_metrics[name]) for name in others
    }
