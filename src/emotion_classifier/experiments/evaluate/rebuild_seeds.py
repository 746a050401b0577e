"""The common report of several seeds, made again from the predictions of its runs. Needs no torch."""

from __future__ import annotations

from emotion_classifier.evaluation.report.seeds_page import write_seed_scores
from emotion_classifier.evaluation.seed_scores import SeedScores, seed_scores
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.seed_runs import SeedRuns


def rebuild_seed_report(earlier: SeedRuns) -> SeedScores:
    """The scores of the same runs, scored anew and written into the folder of the report.

    Raises
    ------
    EvaluationError, RunError
        The predictions of a run cannot be read, or the seeds predict different clips.
    """
    scores = seed_scores(
        {
            seed: {fold: read_predictions(run.predictions) for fold, run in folds.items()}
            for seed, folds in earlier.folds.items()
        },
        {
            seed: {fold: run.path.name for fold, run in folds.items()}
            for seed, folds in earlier.folds.items()
        },
        title=earlier.scores.title,
        warnings=earlier.scores.warnings,
        facts=earlier.scores.facts,
        origin=earlier.scores.origin,
    )
    write_seed_scores(scores, earlier.path)
    return scores
