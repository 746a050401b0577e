"""Finished runs compared on the clips that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from emotion_classifier.errors import EvaluationError, storage_errors
from emotion_classifier.evaluation.comparison import compare
from emotion_classifier.evaluation.paired_tests import SIGNIFICANCE, smallest_p_value
from emotion_classifier.evaluation.report.comparison_page import write_comparison
from emotion_classifier.evaluation.report.comparison_report import ComparisonReport
from emotion_classifier.experiments.compare.runs import ComparedRun
from emotion_classifier.runs import environment


def compare_runs(
    runs: Sequence[ComparedRun],
    *,
    title: str | None = None,
    origin: Mapping[str, str] | None = None,
    seed: int = 0,
) -> ComparisonReport:
    """Scores, differences and costs of runs with names of their own.

    Parameters
    ----------
    title : of the page; None takes the names of the runs.
    origin : date, command and versions; None takes those of this process.
    seed : of the bootstrap and the permutations.

    Raises
    ------
    EvaluationError
        The runs cannot be compared: see `evaluation.shared_clips`.
    """
    compared = compare({run.name: run.predictions for run in runs}, seed=seed)
    speakers = compared.scores[0].speakers
    smallest = smallest_p_value(speakers)
    return ComparisonReport(
        title=title or " / ".join(run.name for run in runs),
        warnings=(*_left_out(compared.left_out), *_few_speakers(speakers, smallest)),
        origin=_origin() if origin is None else origin,
        runs={run.name: str(run.folder) for run in runs if run.folder is not None},
        labels=compared.labels,
        seeds=compared.seeds,
        left_out=compared.left_out,
        smallest_p_value=smallest,
        scores=compared.scores,
        differences=compared.differences,
        efficiency={run.name: run.efficiency for run in runs},
    )


def _origin() -> dict[str, str]:
    return environment.origin(environment.describe_environment())


def _left_out(left_out: Mapping[str, int]) -> list[str]:
    return [
        f"{clips:,} clips of {name} are left out, because another run does not have them."
        for name, clips in left_out.items()
        if clips
    ]


def _few_speakers(speakers: int, smallest: float) -> list[str]:
    if smallest < SIGNIFICANCE:
        return []
    return [
        f"No difference can be significant: with {speakers} speakers the test by speaker reaches "
        f"p {smallest:.3f} at best. Compare runs with more speakers, for example cross-validations."
    ]


def write(report: ComparisonReport, folder: Path) -> None:
    """Write the page, tables and numbers into `folder`, which is made where it is missing."""
    with storage_errors(folder, "Choose another folder."):
        folder.mkdir(parents=True, exist_ok=True)
    write_comparison(report, folder)


def candidate_is_worse(report: ComparisonReport) -> bool:
    """Whether the last run is significantly worse than the first in UAR.

    Raises
    ------
    EvaluationError
        There are too few speakers for any difference to be significant.
    """
    if report.smallest_p_value * len(report.differences) >= SIGNIFICANCE:
        raise EvaluationError(
            f"with {report.scores[0].speakers} speakers and {len(report.differences)} pairs of runs no "
            "difference can be significant, so that the gate would pass every model: compare two runs "
            "on six or more speakers, for example cross-validations"
        )
    return report.candidate.is_worse
