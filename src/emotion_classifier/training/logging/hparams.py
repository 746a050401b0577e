"""TensorBoard's table of hyperparameters: settings and test score of a run as one row.

No list of columns is written: TensorBoard then makes the columns from all runs that it shows, first
those that differ, and takes every scalar as a metric.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch.utils.tensorboard.summary import hparams

from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.scores import Score
from emotion_classifier.training.logging.event_writer import event_writer

_OMITTED = re.compile(
    r"experiment|label|training\.(tensorboard|mlflow|wandb|workers).*|corpora\.\d+\.path"
)
"""Names, and settings that change no score."""


def write_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Write the settings of a new run.

    Parameters
    ----------
    folder : of the events.
    settings : as in YAML, sections within sections.
    """
    _, start, _ = hparams(flat_settings(settings), {})  # type: ignore[no-untyped-call]
    with event_writer(folder) as writer:
        writer.file_writer.add_summary(start)  # type: ignore[attr-defined] # None until opened


def write_test_scores(folder: Path, score: Score, epoch: int) -> None:
    """Write ``test/uar`` and the other scores of the test part, and that the run is finished.

    Parameters
    ----------
    folder : of the events.
    score : of the whole test part.
    epoch : whose weights were tested.
    """
    _, _, end = hparams({}, {})  # type: ignore[no-untyped-call]
    with event_writer(folder) as writer:
        writer.file_writer.add_summary(end)  # type: ignore[attr-defined] # None until opened
        for name in METRICS:
            writer.add_scalar(f"test/{name}", score[name].value, epoch)


def flat_settings(settings: Mapping[str, Any], prefix: str = "") -> dict[str, str | float]:
    """Dotted name → value, the names those of overrides; true, false, null and lists as in YAML.

    Each setting of a list of sections has a column of its own, so that TensorBoard shows the one that
    differs between two chains of augmentations, and not both chains.
    """
    flat: dict[str, str | float] = {}
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if _OMITTED.fullmatch(name):
            continue
        if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            value = {str(index): section for index, section in enumerate(value)}
        if isinstance(value, Mapping) and value:
            flat |= flat_settings(value, f"{name}.")
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            flat[name] = value
        else:
            flat[name] = json.dumps(value)
    return flat
