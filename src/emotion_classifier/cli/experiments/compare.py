"""`emotion compare`: runs compared on the clips that they share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_classifier.cli.experiments.train import RunsOption
from emotion_classifier.cli.terminal import make_console, print_json, print_line, print_note

WORSE = 3


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN RUN...",
            help="Run folders, -folds or -seeds reports of cross-validations, folders of `emotion "
            "evaluate --output`, or names of runs below --runs.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for page, Markdown, JSON and CSV files."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate",
            help="Exit with code 3 if the last run is significantly worse than the first in UAR.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of bootstrap and permutations.")] = 0,
    root: RunsOption = Path("runs"),
) -> None:
    """Compare runs on the clips that all of them predict: scores, differences, tests, changed clips.

    Differences have bootstrap intervals and p values of a permutation test, both paired by speaker;
    the p values are corrected by Holm's method.
    """
    from emotion_classifier.evaluation.report.comparison_page import to_tables, verdict
    from emotion_classifier.evaluation.report.comparison_report import to_content
    from emotion_classifier.experiments.compare.compare import (
        candidate_is_worse,
        compare_runs,
        write,
    )
    from emotion_classifier.experiments.compare.runs import open_runs
    from emotion_classifier.rendering.tables import to_rich

    report = compare_runs(open_runs(runs, root), seed=seed)
    if output is not None:
        write(report, output)
    for warning in report.warnings:
        print_note(f"warning: {warning}")
    if as_json:
        print_json(to_content(report))
    else:
        console, of_a_pair = make_console(), len(report.differences) == 1
        for table in to_tables(report, emotions=of_a_pair):
            console.print(to_rich(table))
        for one in report.differences:
            print_line(verdict(one))
        if output is not None:
            print_line(f"page: {output / 'comparison.html'}")
        elif not of_a_pair:
            print_note("differences of the emotions: name a folder with --output, or two runs")
    if gate and candidate_is_worse(report):
        print_note(f"gate: {verdict(report.candidate)}")
        raise typer.Exit(WORSE)
