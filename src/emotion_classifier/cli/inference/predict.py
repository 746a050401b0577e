"""`emotion predict`."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emotion_classifier.cli.inference.options import InferenceOptions
from emotion_classifier.cli.terminal import print_note, show_progress
from emotion_classifier.errors import AudioError, ConfigError

if TYPE_CHECKING:
    from emotion_classifier.emotions import LabelSet
    from emotion_classifier.inference.files.config import InferenceConfig
    from emotion_classifier.inference.files.inputs import Recordings
    from emotion_classifier.inference.files.result import FilePrediction
    from emotion_classifier.inference.files.result_file import RowWriter, WrittenRows
    from emotion_classifier.model_folder.specification import ModelSpecification


def predict(
    options: InferenceOptions,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH...",
            help="Recordings, folders of them, patterns, or @FILE with one of these in each line.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Format of the rows: table, json, jsonl or csv.",
            show_default="by the output, or table",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A file for the answers.", show_default=False),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue --output: leave out what is there already.")
    ] = False,
    lists: Annotated[
        list[Path] | None,
        typer.Option("--list", help="A file with a path in each line.", show_default=False),
    ] = None,
    engine: Annotated[
        Literal["local", "ray"],
        typer.Option("--engine", help="This machine, or a Ray cluster (RAY_ADDRESS)."),
    ] = "local",
) -> None:
    """Write the emotion of each recording, "uncertain" or "no speech", and the probabilities.

    What is longer than a window is heard window by window, and the answer is the tone of the whole.
    A recording that cannot be used gets a row that says why, and the exit code 2.
    """
    from emotion_classifier.inference.files.formats import format_name
    from emotion_classifier.inference.files.inputs import gather

    settings = options.to_config()
    chosen = format_name(form, output)
    _check_output(output, chosen, resume)
    if _answer(gather(paths or (), lists or ()), settings, engine, output, chosen):
        raise typer.Exit(2)


def _check_output(output: Path | None, form: str, resume: bool) -> None:
    if resume and (output is None or not _can_be_continued(form)):
        raise ConfigError(
            "--resume continues a file: name it with --output FILE.csv or FILE.jsonl (or --format)"
        )
    if output is not None and _begun(output) and not resume:
        remedy = "add --resume to continue it, " if _can_be_continued(form) else ""
        raise ConfigError(f"{output} exists already: {remedy}name another file, or delete it")


def _can_be_continued(form: str) -> bool:
    from emotion_classifier.inference.files.formats import PREDICTION_FORMATS

    return PREDICTION_FORMATS[form].parse is not None


def _begun(output: Path) -> bool:
    return output.is_file() and output.stat().st_size > 0


def _answer(
    recordings: Recordings,
    settings: InferenceConfig,
    engine: Literal["local", "ray"],
    output: Path | None,
    form: str,
) -> int:
    """Write the rows and give the number of recordings, earlier ones too, that cannot be used."""
    from emotion_classifier.inference.bundled import model_folder

    folder = model_folder(settings.model)
    count = sum(1 for _ in recordings)
    specification, answer_all = _engine(engine, settings, folder, count)
    earlier = _earlier(output, form, specification, settings)
    failed, done = earlier.failed, len(earlier.files)
    if earlier.files:
        count = done + sum(1 for _ in _pending(recordings, earlier))
    with (
        _told_where_to_continue(output, form),
        closing(answer_all(_pending(recordings, earlier))) as rows,
        _opened(output, form, specification.labels) as writer,
        show_progress("predicting", "files", shown=_is_worth_a_bar(count, output)) as tell,
    ):
        for row in rows:
            writer.write(row)
            failed += row.failed
            done += 1
            tell(done, count)
    if output is not None:
        print_note(f"{done - failed} answered, {failed} failed: {output}")
    return failed


def _is_worth_a_bar(count: int, output: Path | None) -> bool:
    # Where rows go to the terminal themselves, they show how far it is.
    return count > 1 and (output is not None or not sys.stdout.isatty())


def _engine(
    engine: Literal["local", "ray"], settings: InferenceConfig, folder: Path, count: int
) -> tuple[
    ModelSpecification,
    Callable[[Iterable[Path | AudioError]], Generator[FilePrediction, None, None]],
]:
    """What is known of the model, and what gives the rows of files."""
    if engine == "ray":
        from emotion_classifier.inference.files.ray import predict_with_ray
        from emotion_classifier.model_folder.folder import read_specification

        specification = read_specification(folder)
        return specification, partial(predict_with_ray, config=settings, model=folder)
    from emotion_classifier.inference.files.batch_prediction import predict_files

    # Either the files share the cores, or the threads of the model do.
    predictor = settings.build(folder, threads=1 if count > 1 else 0)
    return predictor.specification, partial(predict_files, predictor)


def _earlier(
    output: Path | None,
    form: str,
    specification: ModelSpecification,
    settings: InferenceConfig,
) -> WrittenRows:
    """What is in the output already, which must be of the same model and settings."""
    from emotion_classifier.inference.files.result_file import (
        WrittenRows,
        check_origin,
        origin_of,
        read_written_rows,
        write_origin,
    )

    if output is None or not _can_be_continued(form):
        return WrittenRows()
    origin = origin_of(specification, settings)
    if not _begun(output):
        write_origin(output, origin)
        return WrittenRows()
    check_origin(output, origin)
    return read_written_rows(output, form, specification.labels)


def _pending(recordings: Recordings, earlier: WrittenRows) -> Iterator[Path | AudioError]:
    """The recordings without those that have a row."""
    for one in recordings:
        if str(one.path if isinstance(one, AudioError) else one) not in earlier.files:
            yield one


@contextmanager
def _opened(output: Path | None, form: str, labels: LabelSet) -> Iterator[RowWriter]:
    from emotion_classifier.inference.files.formats import PREDICTION_FORMATS
    from emotion_classifier.inference.files.result_file import RowWriter, open_rows

    if output is not None:
        with open_rows(output, PREDICTION_FORMATS[form], labels) as writer:
            yield writer
        return
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files need not be text
        sys.stdout.reconfigure(errors="backslashreplace")
    writer = RowWriter(sys.stdout, PREDICTION_FORMATS[form], labels)
    try:
        yield writer
    finally:
        writer.close()


@contextmanager
def _told_where_to_continue(output: Path | None, form: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        if output is not None and _can_be_continued(form):
            print_note(f"the answers so far are in {output}: continue with --resume")
        raise
