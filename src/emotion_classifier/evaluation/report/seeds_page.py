"""The page on a cross-validation that was repeated with several seeds."""

from __future__ import annotations

from pathlib import Path

from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.report.fold_tables import (
    emotion_spread_table,
    fold_emotion_table,
    fold_table,
)
from emotion_classifier.evaluation.report.page import TABLES, write_page, write_text
from emotion_classifier.evaluation.report.sections.folds import fold_picture
from emotion_classifier.evaluation.report.tables import (
    interval_note,
    interval_text,
    score_table,
    value_text,
)
from emotion_classifier.evaluation.report.written import read_written
from emotion_classifier.evaluation.seed_scores import SeedScores, to_json
from emotion_classifier.rendering.page import Facts, Headline, Page, Picture, Section
from emotion_classifier.rendering.tables import Table

SEED_SCORES = "seed_scores.json"


def write_seed_scores(scores: SeedScores, folder: Path) -> None:
    """Write the page, its tables, and last ``seed_scores.json`` into a folder that exists."""
    write_page(to_page(scores), folder)
    write_text(folder / SEED_SCORES, to_json(scores))


def read_seed_scores(folder: Path) -> SeedScores | None:
    """The scores that `write_seed_scores` has written into a folder; see `read_written`."""
    remedy = "start `emotion cross-validate --seeds` again, which keeps the finished runs and writes it anew"
    return read_written(folder / SEED_SCORES, SeedScores, "the scores of several seeds", remedy)


def to_page(scores: SeedScores) -> Page:
    """The content of the page, with links to the reports of the seeds."""
    links = {seed: f"../{name}/report.html" for seed, name in scores.facts.items()}
    tables = seed_tables(scores)
    folds: list[Picture | Table] = [fold_picture(scores.folds), *tables[3:]]
    sections = [
        Section(
            "Seeds", "Each seed is a cross-validation of its own; no seed is chosen.", tables[:2]
        ),
        Section("Emotions", "Of all folds together.", tables[2:3]),
        Section("Folds", "The value of a fold is the mean over the seeds.", folds),
        Section("Facts", "", [Facts(scores.facts)]),
    ]
    return Page(
        scores.title,
        f"{scores.mean.clips:,} clips by {scores.mean.speakers:,} speakers, "
        f"{len(scores.folds.scores)} folds, {len(scores.scores)} seeds.",
        scores.warnings,
        _headlines(scores),
        sections,
        scores.origin,
        links,
        TABLES,
    )


def seed_tables(scores: SeedScores) -> list[Table]:
    """Mean and deviation over the seeds, each seed, emotions, folds."""
    return [
        _mean_table(scores),
        score_table("Each seed", "", scores.scores, [interval_note(scores.mean)]),
        emotion_spread_table(scores.emotions, scores.emotion_spreads),
        fold_table(scores.folds, scores.mean),
        fold_emotion_table(scores.emotions, scores.folds),
    ]


def _mean_table(scores: SeedScores) -> Table:
    """Each metric: mean over the seeds, interval by speaker, and standard deviation over the seeds."""
    rows = []
    for name, metric in METRICS.items():
        estimate, over = scores.mean[name], scores.spread[name]
        value = value_text(estimate.value, metric.unit)
        deviation = value_text(over.deviation, metric.unit)
        rows.append((metric.label, value, interval_text(estimate, metric.unit), deviation))
    columns = ("", "mean over the seeds", "95% interval", "standard deviation over the seeds")
    notes = [
        "95% interval of the mean over these seeds: bootstrap over the speakers, the same speakers for "
        "every seed. It does not contain the deviation over the seeds, which is in percentage points."
    ]
    return Table("Mean over the seeds", columns, rows, notes=notes)


def _headlines(scores: SeedScores) -> list[Headline]:
    headlines = []
    for name, metric in METRICS.items():
        label = metric.label[0].upper() + metric.label[1:]
        mean, over = scores.mean[name], scores.spread[name]
        detail = (
            f"95%: {interval_text(mean, metric.unit)}; deviation over the seeds: "
            f"{value_text(over.deviation, metric.unit)}"
        )
        headlines.append(Headline(label, value_text(mean.value, metric.unit), detail))
    return headlines
