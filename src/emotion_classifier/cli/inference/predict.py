"""`emotion predict`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from emotion_classifier.cli.inference.options import InferenceOptions
from emotion_classifier.cli.inference.outputs import (
    BomOption,
    ResumeOption,
    SafeCellsOption,
    noting_how_to_resume,
    print_counts,
    print_left_out,
    result_file,
    without_rows,
)
from emotion_classifier.cli.terminal import show_progress

if TYPE_CHECKING:
    from emotion_classifier.inference.files.batch_prediction import PredictAll
    from emotion_classifier.inference.files.config import InferenceConfig
    from emotion_classifier.inference.files.inputs import Recordings
    from emotion_classifier.inference.files.result_file import ResultFile
    from emotion_classifier.model_folder.specification import ModelSpecification

Engine: TypeAlias = Literal["local", "ray"]


def predict(
    options: InferenceOptions,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH...",
            help="Recordings, folders, patterns, or @FILE: a list with a path in each line.",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Format of the rows: {row_formats}.",
            show_default="by the suffix of --output, or table",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A file for the rows; - is standard output."),
    ] = None,
    resume: ResumeOption = False,
    bom: BomOption = False,
    safe_cells: SafeCellsOption = False,
    lists: Annotated[
        list[Path] | None, typer.Option("--list", help="A file with a path in each line.")
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="This machine, or a Ray cluster (RAY_ADDRESS).")
    ] = "local",
) -> None:
    """Write the emotion of each recording, "uncertain" or "no speech", and the probabilities.

    A recording longer than a window is split into windows, whose probabilities are averaged. A
    recording that cannot be used gets a row with the reason, and the exit code is 2.
    """
    from emotion_classifier.inference.files.inputs import gather

    config = options.to_config()
    target = result_file(output, form, resume=resume, bom=bom, safe_cells=safe_cells)
    target.check()
    if _write_predictions(gather(paths or (), lists or ()), config, engine, target):
        raise typer.Exit(2)


def _write_predictions(
    recordings: Recordings, config: InferenceConfig, engine: Engine, output: ResultFile
) -> int:
    """Write the rows and return the number of failed recordings, with those of an earlier run."""
    from emotion_classifier.inference.bundled import model_folder
    from emotion_classifier.inference.files.origin import origin_of
    from emotion_classifier.inference.files.result import prediction_layout

    count, left_out = recordings.survey()
    with _engine(engine, config, model_folder(config.model), count) as (specification, predict_all):
        layout, origin = prediction_layout(specification.labels), origin_of(specification, config)
        with noting_how_to_resume(output), output.opened(layout, origin) as (writer, written):
            failed, done = written.failed, len(written.files)
            if written.files:
                count = done + sum(1 for _ in without_rows(recordings, written))
            # Rows that are printed on a terminal show the progress themselves.
            has_bar = count > 1 and (output.path is not None or not sys.stdout.isatty())
            with (
                closing(predict_all(without_rows(recordings, written))) as rows,
                show_progress("predicting", "files", shown=has_bar) as report,
            ):
                for row in rows:
                    writer.write(row)
                    failed += row.failed
                    done += 1
                    report(done, count)
    if output.path is not None:
        print_counts("predicted", done, failed, output.path)
    print_left_out(left_out)
    return failed


@contextmanager
def _engine(
    engine: Engine, config: InferenceConfig, folder: Path, count: int
) -> Iterator[tuple[ModelSpecification, PredictAll]]:
    """The specification of the model, and the function that predicts `count` files."""
    if engine == "ray":
        from emotion_classifier.inference.files.ray import ray_cluster
        from emotion_classifier.model_folder.folder import read_specification

        with ray_cluster(config, folder) as predict_all:
            yield read_specification(folder), predict_all
        return
    from emotion_classifier.inference.files.batch_prediction import predict_files

    # Either the files share the cores, or the threads of the model do.
    predictor = config.build(folder, threads=1 if count > 1 else 0)
    yield predictor.specification, partial(predict_files, predictor)
