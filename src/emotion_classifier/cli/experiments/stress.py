"""`emotion stress`: the predictions of a model in worse recordings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from emotion_classifier.cli.settings import CorpusOption, Settings, read_selection
from emotion_classifier.cli.terminal import print_json, print_line, print_text, report_progress


def stress_(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A run, a model folder, a bundled model, the settings file of an external model, or "
            "the folder of an audio classifier of transformers.",
        ),
    ],
    settings: Settings = None,
    corpus: CorpusOption = None,
    part: Annotated[
        Literal["train", "validation", "test", "all"],
        typer.Option(help="Part of the corpora to predict."),
    ] = "test",
    clips: Annotated[
        int | None,
        typer.Option(
            "--clips", min=1, help="At most so many clips of each speaker, evenly spaced."
        ),
    ] = None,
    noise: Annotated[
        Path | None,
        typer.Option(help="Folder with noise/, speech/ and music/ (MUSAN layout)."),
    ] = None,
    rooms: Annotated[Path | None, typer.Option(help="Folder of impulse responses.")] = None,
    sound_minutes: Annotated[
        float,
        typer.Option(min=0.0, help="Minutes of each kind of sound without emotion; 0 for none."),
    ] = 5.0,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for the page, JSON, CSV and Markdown."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Predict labelled clips in worse recordings: noise, phone, rooms, filters, lost packets.

    Prints the share of unchanged predictions and the change of UAR, beside the limits of published
    tests and a random model. Corpora are named as for `emotion evaluate`.
    """
    from emotion_classifier.experiments.evaluate.selection import open_run
    from emotion_classifier.experiments.external_models.load import load_predictor
    from emotion_classifier.experiments.stress.page import MEANING, to_tables, write_stress
    from emotion_classifier.experiments.stress.results import to_json
    from emotion_classifier.experiments.stress.stress import StressOptions, stress
    from emotion_classifier.progress import ignore
    from emotion_classifier.rendering.tables import to_text
    from emotion_classifier.runs.run_folder import require_no_run

    if output is not None:
        require_no_run(output)
    data = read_selection(settings, corpus) if settings or corpus else None
    run = open_run(model) if data is None else None
    options = StressOptions(
        noises=noise, rooms=rooms, clips_per_speaker=clips, sound_seconds=60.0 * sound_minutes
    )
    predictor = load_predictor(model)
    with report_progress() as progress:
        report = stress(
            predictor,
            data,
            run=run,
            part=part,
            options=options,
            progress=ignore if as_json else progress,
        )
    if output is not None:
        write_stress(report, output)
    if as_json:
        print_json(json.loads(to_json(report)))
        return
    for table in to_tables(report):
        print_text(to_text(table) + "\n")
    print_line(MEANING)
    for warning in report.warnings:
        print_line(f"warning: {warning}")
    for line in report.left_out:
        print_line(f"left out: {line}")
    if output is not None:
        print_line(f"report: {output / 'report.html'}")
