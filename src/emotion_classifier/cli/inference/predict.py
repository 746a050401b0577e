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
    from emotion_classifier.inference.files.config import InferenceConfig
    from emotion_classifier.inference.files.formats import FormatName, RowFormat
    from emotion_classifier.inference.files.inputs import Recordings
    from emotion_classifier.inference.files.result import Row
    from emotion_classifier.inference.files.result_file import Earlier, RowWriter
    from emotion_classifier.model_folder.specification import ModelSpecification

_BY_SUFFIX: dict[str, FormatName] = {".csv": "csv", ".json": "json", ".jsonl": "jsonl"}


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
        Literal["table", "json", "jsonl", "csv"] | None,
        typer.Option("--format", help="How to write.", show_default="by the output, or table"),
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
    from emotion_classifier.inference.files.inputs import gather

    settings = options.to_config()
    chosen = form or _BY_SUFFIX.get(output.suffix.lower() if output else "", "table")
    _check_output(output, chosen, resume)
    if _answer(gather(paths or (), lists or ()), settings, engine, output, chosen):
        raise typer.Exit(2)


def _check_output(output: Path | None, form: FormatName, resume: bool) -> None:
    if resume and (output is None or form not in ("csv", "jsonl")):
        raise ConfigError(
            "--resume continues a file: name it with --output FILE.csv or FILE.jsonl (or --format)"
        )
    if output is not None and _begun(output) and not resume:
        remedy = "add --resume to continue it, " if form in ("csv", "jsonl") else ""
        raise ConfigError(f"{output} exists already: {remedy}name another file, or delete it")


def _begun(output: Path) -> bool:
    return output.is_file() and output.stat().st_size > 0


def _answer(
    recordings: Recordings,
    settings: InferenceConfig,
    engine: Literal["local", "ray"],
    output: Path | None,
    form: FormatName,
) -> int:
    """Write the rows and give the number of recordings, earlier ones too, that cannot be used."""
    from emotion_classifier.inference.bundled import model_folder
    from emotion_classifier.inference.files.formats import row_format

    folder = model_folder(settings.model)
    count = sum(1 for _ in recordings)
    specification, answer_all = _engine(engine, settings, folder, count)
    labels = specification.labels
    earlier = _earlier(output, form, specification, settings)
    failed, done = earlier.failed, len(earlier.files)
    if earlier.files:
        count = done + sum(1 for _ in _pending(recordings, earlier))
    with (
        _told_where_to_continue(output, form),
        closing(answer_all(_pending(recordings, earlier))) as rows,
        _opened(output, row_format(form, labels)) as writer,
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
) -> tuple[ModelSpecification, Callable[[Iterable[Path | AudioError]], Generator[Row, None, None]]]:
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
    form: FormatName,
    specification: ModelSpecification,
    settings: InferenceConfig,
) -> Earlier:
    """What is in the output already, which must be of the same model and settings."""
    from emotion_classifier.inference.files.result_file import Earlier, read_earlier
    from emotion_classifier.inference.files.resume import check_origin, origin_of, write_origin

    if output is None or form not in ("csv", "jsonl"):
        return Earlier()
    origin = origin_of(specification, settings)
    if not _begun(output):
        write_origin(output, origin)
        return Earlier()
    check_origin(output, origin)
    return read_earlier(output, form, specification.labels)


def _pending(recordings: Recordings, earlier: Earlier) -> Iterator[Path | AudioError]:
    """The recordings without those that have a row."""
    for one in recordings:
        if str(one.path if isinstance(one, AudioError) else one) not in earlier.files:
            yield one


@contextmanager
def _opened(output: Path | None, form: RowFormat) -> Iterator[RowWriter]:
    from emotion_classifier.inference.files.result_file import RowWriter, open_rows

    if output is not None:
        with open_rows(output, form) as writer:
            yield writer
        return
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files need not be text
        sys.stdout.reconfigure(errors="backslashreplace")
    writer = RowWriter(sys.stdout, form)
    try:
        yield writer
    finally:
        writer.close()


@contextmanager
def _told_where_to_continue(output: Path | None, form: FormatName) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        if output is not None and form in ("csv", "jsonl"):
            print_note(f"the answers so far are in {output}: continue with --resume")
        raise
