"""`emotion predict`."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from emotion_classifier.cli.inference.options import InferenceOptions
from emotion_classifier.cli.terminal import print_note, show_progress
from emotion_classifier.errors import AudioError, ConfigError

if TYPE_CHECKING:
    from emotion_classifier.emotions import LabelSet
    from emotion_classifier.inference.files.config import InferenceConfig
    from emotion_classifier.inference.files.formats import PredictionFormat
    from emotion_classifier.inference.files.inputs import Recordings
    from emotion_classifier.inference.files.result import FilePrediction
    from emotion_classifier.inference.files.result_file import RowWriter, WrittenRows
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
            help="Format of the rows: {prediction_formats}.",
            show_default="by the suffix of --output, or table",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file for the rows.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue --output: skip recordings with a row in it.")
    ] = False,
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
    from emotion_classifier.inference.files.formats import format_name
    from emotion_classifier.inference.files.inputs import gather

    config = options.to_config()
    target = _Output(output, format_name(form, output))
    target.check(resume=resume)
    if _write_predictions(gather(paths or (), lists or ()), config, engine, target):
        raise typer.Exit(2)


@dataclass(frozen=True)
class _Output:
    """Destination of the rows; without a path, standard output."""

    path: Path | None
    format_name: str

    @property
    def form(self) -> PredictionFormat:
        """The format of the rows."""
        from emotion_classifier.inference.files.formats import PREDICTION_FORMATS

        return PREDICTION_FORMATS[self.format_name]

    @property
    def can_be_continued(self) -> bool:
        """Whether rows can be added in a later run."""
        return self.path is not None and self.form.parse is not None

    @property
    def has_rows(self) -> bool:
        """Whether the file has content."""
        return self.path is not None and self.path.is_file() and self.path.stat().st_size > 0

    def check(self, *, resume: bool) -> None:
        """Raise a `ConfigError` if rows cannot be written without losing others."""
        if resume and not self.can_be_continued:
            raise ConfigError(
                "--resume continues a file: name it with --output FILE.csv or FILE.jsonl (or "
                "--format)"
            )
        if self.has_rows and not resume:
            remedy = "add --resume to continue it, " if self.can_be_continued else ""
            raise ConfigError(
                f"{self.path} exists already: {remedy}name another file, or delete it"
            )

    def written_rows(
        self, specification: ModelSpecification, config: InferenceConfig
    ) -> WrittenRows:
        """The rows of an earlier run, which must be of the same model and settings."""
        from emotion_classifier.inference.files import result_file

        if self.path is None or not self.can_be_continued:
            return result_file.WrittenRows()
        origin = result_file.origin_of(specification, config)
        if not self.has_rows:
            result_file.write_origin(self.path, origin)
            return result_file.WrittenRows()
        result_file.check_origin(self.path, origin)
        return result_file.read_written_rows(self.path, self.format_name, specification.labels)

    @contextmanager
    def opened(self, labels: LabelSet) -> Iterator[RowWriter]:
        """A writer of rows; an interruption prints how to continue."""
        from emotion_classifier.inference.files.result_file import RowWriter, open_rows

        if self.path is None:
            if isinstance(sys.stdout, io.TextIOWrapper):  # file names may be invalid text
                sys.stdout.reconfigure(errors="backslashreplace")
            with closing(RowWriter(sys.stdout, self.form, labels)) as writer:
                yield writer
            return
        try:
            with open_rows(self.path, self.form, labels) as writer:
                yield writer
        except KeyboardInterrupt:
            if self.can_be_continued:
                print_note(f"the rows so far are in {self.path}: continue with --resume")
            raise


def _write_predictions(
    recordings: Recordings, config: InferenceConfig, engine: Engine, output: _Output
) -> int:
    """Write the rows and return the number of failed recordings, with those of an earlier run."""
    from emotion_classifier.inference.bundled import model_folder

    folder = model_folder(config.model)
    count = sum(1 for _ in recordings)
    specification, predict_all = _engine(engine, config, folder, count)
    written = output.written_rows(specification, config)
    failed, done = written.failed, len(written.files)
    if written.files:
        count = done + sum(1 for _ in _remaining(recordings, written))
    # Rows that are printed on a terminal show the progress themselves.
    has_bar = count > 1 and (output.path is not None or not sys.stdout.isatty())
    with (
        closing(predict_all(_remaining(recordings, written))) as rows,
        output.opened(specification.labels) as writer,
        show_progress("predicting", "files", shown=has_bar) as report,
    ):
        for row in rows:
            writer.write(row)
            failed += row.failed
            done += 1
            report(done, count)
    if output.path is not None:
        print_note(f"{done - failed} predicted, {failed} failed: {output.path}")
    return failed


def _engine(
    engine: Engine, config: InferenceConfig, folder: Path, count: int
) -> tuple[
    ModelSpecification,
    Callable[[Iterable[Path | AudioError]], Generator[FilePrediction, None, None]],
]:
    """The specification of the model, and the function that predicts `count` files."""
    if engine == "ray":
        from emotion_classifier.inference.files.ray import predict_with_ray
        from emotion_classifier.model_folder.folder import read_specification

        specification = read_specification(folder)
        return specification, partial(predict_with_ray, config=config, model=folder)
    from emotion_classifier.inference.files.batch_prediction import predict_files

    # Either the files share the cores, or the threads of the model do.
    predictor = config.build(folder, threads=1 if count > 1 else 0)
    return predictor.specification, partial(predict_files, predictor)


def _remaining(recordings: Recordings, written: WrittenRows) -> Iterator[Path | AudioError]:
    """The recordings without a row."""
    for recording in recordings:
        path = recording.path if isinstance(recording, AudioError) else recording
        if str(path) not in written.files:
            yield recording
