"""`emotion study`: research questions, answered from the data by a factorial design."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion_classifier.cli.experiments.train import RunsOption
from emotion_classifier.cli.settings import is_override
from emotion_classifier.cli.terminal import (
    hint_when_interrupted,
    print_line,
    print_text,
    report_progress,
)
from emotion_classifier.errors import ConfigError

if TYPE_CHECKING:
    from emotion_classifier.experiments.studies.config import StudyConfig


def study(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="STUDY... [KEY=VALUE]...",
            help="Files such as configs/studies/*.yml, then settings of all their runs, such as "
            "corpora.0.path=data/ravdess.",
        ),
    ],
    folds: Annotated[
        list[int] | None,
        typer.Option(
            "--fold", help="Only this fold of each cell, for less time; may be given several times."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print cells, runs and estimated time; train nothing.")
    ] = False,
    only_finished: Annotated[
        bool,
        typer.Option(
            "--only-finished", help="Train nothing: the verdict from the runs that are finished."
        ),
    ] = False,
    processes: Annotated[int, typer.Option(min=1, help="Runs at the same time.")] = 1,
    runs: RunsOption = Path("runs"),
) -> None:
    """Train every combination of the levels of factors, and answer a question with tests.

    The verdict, its tables, figures and a page are written to runs/EXPERIMENT/NAME-study. Runs of equal
    settings are shared by all studies; finished runs are kept, and a failed run leaves its cell out.
    """
    files = [Path(text) for text in arguments if not is_override(text)]
    overrides = [text for text in arguments if is_override(text)]
    if not files:
        raise ConfigError("name the file of a study, for example configs/studies/normalization.yml")
    studies = {path: _read(path, overrides, folds) for path in files}
    from emotion_classifier.experiments.studies.plan import plan_study, to_table
    from emotion_classifier.experiments.studies.study import run_study
    from emotion_classifier.rendering.tables import to_text

    again = "start the same command again: it continues, and keeps what is finished"
    for path, settings in studies.items():
        with hint_when_interrupted(again), report_progress() as progress:
            if dry_run:
                table = to_table(plan_study(settings, root=runs, progress=progress), runs)
                print_text(to_text(table) + "\n")
                continue
            options = [f"--fold {fold}" for fold in folds or ()]
            command = " ".join(["emotion study", str(path), *map(shlex.quote, overrides), *options])
            verdict = run_study(
                settings,
                root=runs,
                processes=processes,
                only_finished=only_finished,
                command=command,
                progress=progress,
            )
        print_line(f"verdict: {verdict}")


def _read(path: Path, overrides: list[str], folds: list[int] | None) -> StudyConfig:
    """The settings of a study, with further settings of all its runs, or with other folds."""
    from emotion_classifier.config import parse_yaml
    from emotion_classifier.experiments.studies.design import read_study

    found = read_study(path)
    changed = dict(found.settings)
    for text in overrides:
        key, _, value = text.partition("=")
        changed[key.strip()] = parse_yaml(value, f"override '{text}'")
    chosen = found.folds if folds is None else tuple(folds)
    return found.model_copy(update={"settings": changed, "folds": chosen})
