"""The section on the epochs of the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.rendering import plots
from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.page import Picture, Section


def training_sections(report: Report) -> list[Section]:
    """The curves of the training, where its history is known."""
    curves = _curves(report.history)
    if not curves:
        return []
    numbers = _column(report.history, "epoch")
    epochs = np.where(np.isfinite(numbers), numbers, np.arange(1, len(numbers) + 1))
    chance = {METRICS["uar"].label: 1 / len(report.labels)}
    figure = plots.training_plot(curves, epochs, chance=chance, kept=report.kept_epoch)
    epoch = "epoch" if len(epochs) == 1 else "epochs"
    caption = f"{len(epochs)} {epoch}, measured on the training and the validation part."
    picture = Picture(to_svg(figure, "Training curves"), caption, wide=True)
    return [Section("Training", "", [picture])]


def _curves(
    history: Sequence[Mapping[str, float | None]],
) -> dict[str, dict[str, npt.NDArray[np.float64]]]:
    """Measure → part → values, from the columns ``<part>_<measure>``."""
    labels = {name: metric.label for name, metric in METRICS.items()}
    curves: dict[str, dict[str, npt.NDArray[np.float64]]] = {}
    for name in dict.fromkeys(name for row in history for name in row):
        part, _, measure = name.partition("_")
        if part in ("train", "validation") and measure:
            curves.setdefault(labels.get(measure, measure), {})[part] = _column(history, name)
    return curves


def _column(history: Sequence[Mapping[str, float | None]], name: str) -> npt.NDArray[np.float64]:
    return np.array([row.get(name) for row in history], dtype=np.float64)
