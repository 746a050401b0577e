"""Options of the commands that write rows, and the files they become."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from emotion_classifier.cli.output_format import STANDARD_OUTPUT, format_of, known_format
from emotion_classifier.cli.terminal import print_note
from emotion_classifier.errors import AudioError

if TYPE_CHECKING:
    from emotion_classifier.inference.files.inputs import Recordings
    from emotion_classifier.inference.files.result_file import ResultFile
    from emotion_classifier.inference.files.written_rows import WrittenRows

ResumeOption: TypeAlias = Annotated[
    bool, typer.Option("--resume", help="Continue a file: skip recordings with a row in it.")
]
BomOption: TypeAlias = Annotated[
    bool, typer.Option("--bom", help="Begin CSV with a byte order mark, for Excel.")
]
SafeCellsOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--safe-cells",
        help="In CSV, write an apostrophe before text that begins like a formula (= + - @).",
    ),
]


def result_file(
    output: Path | None,
    form: str | None = None,
    *,
    option: str = "--output",
    resume: bool = False,
    bom: bool = False,
    safe_cells: bool = False,
) -> ResultFile:
    """The destination of rows; without a format and a suffix that decide, standard output has a table.

    Raises
    ------
    ConfigError
        The format or the suffix is unknown.
    """
    from emotion_classifier.inference.files.formats import ROW_FORMATS, SUFFIXES, CsvOptions
    from emotion_classifier.inference.files.result_file import ResultFile, is_regular

    path = None if output == STANDARD_OUTPUT else output
    if form is not None:
        name = known_format(form, ROW_FORMATS)
    elif path is None or not is_regular(path):
        name = "table"
    else:
        name = format_of(path, SUFFIXES, option=option, remedy=", or choose one with --format")
    return ResultFile(path, name, CsvOptions(bom, safe_cells), resume)


@contextmanager
def noting_how_to_resume(output: ResultFile) -> Iterator[None]:
    """Print how to continue where the command is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        if output.can_be_continued:
            print_note(f"the rows so far are in {output.path}: continue with --resume")
        raise


def without_rows(recordings: Recordings, written: WrittenRows) -> Iterator[Path | AudioError]:
    """The recordings without a row of an earlier run."""
    for recording in recordings:
        path = recording.path if isinstance(recording, AudioError) else recording
        if str(path) not in written.files:
            yield recording


def print_counts(done: str, count: int, failed: int, output: Path) -> None:
    """Print how many recordings have a row, and how many of these an error."""
    print_note(f"{count - failed} {done}, {failed} failed: {output}")


def print_left_out(left_out: Counter[str]) -> None:
    """Print which files `Recordings.survey` has left out."""
    from emotion_classifier.audio.folders import describe_left_out

    if left_out:
        print_note(describe_left_out(left_out))
