"""`emotion report`: the report of a run made again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_classifier.cli.terminal import print_line


def report(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            help="A run, a cross-validation (LABEL-folds, or LABEL-seeds) or the output of emotion "
            "evaluate.",
        ),
    ],
) -> None:
    """Make report.html, report.md, report.json and the tables of a run again from its files.

    The predictions are scored anew; the corpora are not needed. What needs audio is kept from the
    earlier report, and listed.
    """
    from emotion_classifier.experiments.evaluate.rebuild import rebuild_report
    from emotion_classifier.experiments.evaluate.rebuild_seeds import rebuild_seed_report
    from emotion_classifier.runs.seed_runs import read_seed_runs

    if (seeds := read_seed_runs(run)) is not None:
        rebuild_seed_report(seeds)
    else:
        for text in rebuild_report(run).provenance.not_rebuilt:
            print_line(text)
    print_line(f"report: {run / 'report.html'}")
