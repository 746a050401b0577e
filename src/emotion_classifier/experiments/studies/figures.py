"""The figures of a study under the names that people look for: ``model_comparison`` and so on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from emotion_classifier.evaluation import metrics
from emotion_classifier.evaluation.metrics import METRICS, Counts
from emotion_classifier.evaluation.uncertainty import Estimate, estimate, resample
from emotion_classifier.experiments.studies.acoustics import MEASURES, Separation
from emotion_classifier.experiments.studies.config import PER_EMOTION, StudyConfig
from emotion_classifier.experiments.studies.confusions import ConfusedPair
from emotion_classifier.experiments.studies.results import CellResult, Results
from emotion_classifier.rendering.plots import confusion_plot, estimate_plot
from emotion_classifier.rendering.study_plots import (
    Bar,
    effect_matrix,
    grouped_estimates,
    mean_training_plot,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def study_figures(study: StudyConfig, results: Results, seed: int) -> dict[str, Figure]:
    """Name of the file, without suffix → figure: the compared factors, and each cell."""
    figures: dict[str, Figure] = {}
    for comparison in study.comparisons:
        if comparison.measure in PER_EMOTION:
            name = f"emotion_{comparison.factor}_comparison"
            draw = emotion_figure
        else:
            name, draw = f"{comparison.factor}_comparison", factor_figure
        if name not in figures:
            figures[name] = draw(study, results, comparison.factor, seed)
    for cell in results.cells.values():
        figures[f"{cell.name}_confusion_matrix"] = confusion_plot(
            np.asarray(cell.counts.sum(axis=0), dtype=np.int64), results.emotions
        )
        figures[f"{cell.name}_training_history"] = history_figure(cell)
    return figures


def factor_figure(study: StudyConfig, results: Results, factor: str, seed: int) -> Figure:
    """UAR of the cells: a row for each level of the factor, a colour for the levels of the others."""
    uar = METRICS["uar"]
    rows: dict[str, dict[str, Bar]] = {}
    for levels in study.combinations():
        cell = results.cells.get("-".join(levels.values()))
        if cell is not None:
            value = _of_counts(cell.counts, uar.function, seed)
            series = _others(study, levels, factor) or "UAR"
            rows.setdefault(levels[factor], {})[series] = _bar(value)
    return grouped_estimates(
        rows,
        measure=f"UAR of {results.clips:,} clips, {len(results.speakers)} speakers (95% interval)",
        chance=uar.chance(len(results.emotions)),
    )


def emotion_figure(study: StudyConfig, results: Results, factor: str, seed: int) -> Figure:
    """Recall of each emotion: a colour for each level of the factor, the mean over the other factors."""
    rows: dict[str, dict[str, Bar]] = {emotion: {} for emotion in results.emotions}
    by_level = _complete_cells(study, results, factor)
    for level, cells in by_level.items():
        stacked = np.stack(cells, axis=1).astype(np.int64)
        drawn = metrics.recall(resample(stacked, np.random.default_rng(seed))).mean(axis=1)
        values = metrics.recall(stacked.sum(axis=0)).mean(axis=0)
        for index, emotion in enumerate(results.emotions):
            one = estimate(values[index], drawn[:, index], len(stacked))
            rows[emotion][f"{factor} {level}"] = _bar(one)
    return grouped_estimates(rows, measure="recall (95% interval by speaker)")


def _complete_cells(study: StudyConfig, results: Results, factor: str) -> dict[str, list[Counts]]:
    """Level → its cells, at the levels of the other factors at which no level is missing.

    Means over different cells could not be compared.
    """
    found: dict[str, dict[str, Counts]] = {}
    for levels in study.combinations():
        cell = results.cells.get("-".join(levels.values()))
        if cell is not None:
            found.setdefault(_others(study, levels, factor), {})[levels[factor]] = cell.counts
    known = {level for cells in found.values() for level in cells}
    complete = [cells for cells in found.values() if set(cells) == known]
    return {
        level: [cells[level] for cells in complete]
        for level in study.factors[factor]
        if complete and level in known
    }


def pairs_figure(pairs: Sequence[ConfusedPair]) -> Figure:
    """How often the emotions of the most confused pairs are taken for each other."""
    shown = [(pair, _bar(pair.rate)) for pair in pairs[:20]]
    mean = float(np.nanmean([pair.rate.value for pair in pairs]))
    return estimate_plot(
        [pair.name for pair, _ in shown],
        *(np.array([bar[side] for _, bar in shown]) for side in range(3)),
        measure=f"taken for each other (average pair {mean:.1%};\nblue: above it, p Holm < 0.05)",
        strong=frozenset(
            index
            for index, (pair, _) in enumerate(shown)
            if pair.is_significant and pair.excess.value > 0
        ),
    )


def separation_figure(separations: Sequence[Separation]) -> Figure:
    """Effect of each measure on each pair, in standard deviations; significant ones bold."""
    pairs = list(dict.fromkeys((one.first, one.second) for one in separations))
    values = np.full((len(pairs), len(MEASURES)), np.nan)
    marked = set()
    for one in separations:
        cell = pairs.index((one.first, one.second)), MEASURES.index(one.measure)
        values[cell] = one.effect
        if one.is_significant:
            marked.add(cell)
    names = [f"{first} → {second}" for first, second in pairs]
    return effect_matrix(values, names, MEASURES, marked=frozenset(marked))


def history_figure(cell: CellResult) -> Figure:
    """Loss and UAR of the training and validation part, the mean over the runs of the cell."""
    epochs = max(map(len, cell.histories))
    series = {
        "loss": {"train": "train_loss", "validation": "validation_loss"},
        "UAR": {"train": "train_uar", "validation": "validation_uar"},
    }
    curves: dict[str, dict[str, metrics.Scores]] = {}
    for measure, parts in series.items():
        for part, column in parts.items():
            values = np.full((len(cell.histories), epochs), np.nan)
            for run, history in enumerate(cell.histories):
                values[run, : len(history)] = [row.record[column] for row in history]
            curves.setdefault(measure, {})[part] = values
    return mean_training_plot(curves)


def _of_counts(counts: Counts, metric: Callable[[Counts], metrics.Scores], seed: int) -> Estimate:
    drawn = metric(resample(counts, np.random.default_rng(seed)))
    return estimate(float(metric(counts.sum(axis=0))), drawn, len(counts))


def _others(study: StudyConfig, levels: Mapping[str, str], factor: str) -> str:
    return ", ".join(levels[name] for name in study.factors if name != factor)


def _bar(value: Estimate) -> Bar:
    if value.interval is None:
        return Bar(value.value, np.nan, np.nan)
    return Bar(value.value, value.interval.low, value.interval.high)
