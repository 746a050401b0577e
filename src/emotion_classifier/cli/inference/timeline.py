"""`emotion timeline`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, Self

import typer

from emotion_classifier.cli.inference.options import StreamOptions
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
from emotion_classifier.cli.inference.timeline_files import TimelineFiles, stems
from emotion_classifier.cli.inference.words import WordsModelOption, recogniser_of
from emotion_classifier.cli.terminal import make_console, print_line, show_progress
from emotion_classifier.errors import AudioError, ConfigError
from emotion_classifier.storage import path_from

if TYPE_CHECKING:
    from emotion_classifier.emotions import LabelSet
    from emotion_classifier.inference.asr.recogniser import Recogniser
    from emotion_classifier.inference.files.formats import CsvOptions, RowWriter
    from emotion_classifier.inference.files.inputs import Recordings
    from emotion_classifier.inference.files.origin import Origin
    from emotion_classifier.inference.files.result_file import ResultFile
    from emotion_classifier.inference.files.written_rows import WrittenRows
    from emotion_classifier.inference.predictor import Predictor
    from emotion_classifier.inference.timeline.analyse import RecordingTimelines
    from emotion_classifier.inference.timeline.summary import RecordingSummary, SegmentRow


def timeline(
    options: StreamOptions,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH...",
            help="Recordings of any duration, folders, patterns, or @FILE: a list of paths.",
        ),
    ] = None,
    form: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            help="Formats of a file for each recording: {timeline_formats}; several between commas.",
            show_default="by the suffix of --output, or none",
        ),
    ] = None,
    channels: Annotated[
        Literal["mix", "split"],
        typer.Option(help="Mix the channels, or analyse two as two speakers."),
    ] = "mix",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder of the files of --format, or a file for one recording; - is standard output.",
            show_default="timelines",
        ),
    ] = None,
    summary: Annotated[
        Path | None, typer.Option(help="A file with a row for each recording, such as calls.xlsx.")
    ] = None,
    segments: Annotated[
        Path | None, typer.Option(help="A file with a row for each segment of all recordings.")
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="Print all segments.")] = False,
    lists: Annotated[
        list[Path] | None, typer.Option("--list", help="A file with a path in each line.")
    ] = None,
    words: Annotated[
        Literal["none", "pocketsphinx", "faster_whisper"],
        typer.Option(help="Recogniser of words; they are printed with their segments."),
    ] = "none",
    words_model: WordsModelOption = None,
    resume: ResumeOption = False,
    bom: BomOption = False,
    safe_cells: SafeCellsOption = False,
) -> None:
    """Print the emotions of recordings over time, and write them as files.

    Each recording has the shares of its speech, of the whole and of each quarter. Files are named after
    the recording; those of the same names are replaced. With --channels split the call is described
    too: talk time, turns, overlaps, interruptions and silences. A recording that cannot be used gets a
    row with the reason, and the exit code is 2.
    """
    from emotion_classifier.inference.files.formats import CsvOptions
    from emotion_classifier.inference.files.inputs import gather
    from emotion_classifier.inference.files.origin import origin_of
    from emotion_classifier.inference.timeline.analyse import require_activity

    csv = CsvOptions(bom, safe_cells)
    files = TimelineFiles.of(output, form or (), csv)
    tables = _Tables.of(summary, segments, csv, resume=resume)
    if csv != CsvOptions() and "csv" not in (*files.formats, *tables.formats):
        raise ConfigError("--bom and --safe-cells are options of csv: write csv, or leave them out")
    settings = options.to_config()
    recordings = gather(paths or (), lists or ())
    count, left_out = recordings.survey()
    files.check_count(count)
    names = stems(recordings)
    files.check_names(names, [path for path in (summary, segments) if path is not None])
    if count > 1 and not files.is_standard_output:
        tables = tables.with_summary()
    predictor = settings.build(threads=1 if count > 1 else 0)
    require_activity(predictor, mix=channels != "split")
    recogniser = recogniser_of(words, words_model)
    origin = {
        **origin_of(predictor.specification, settings),
        "channels": channels,
        "words": words,
        "words_model": words_model,
        # Recordings with a row are skipped: another output would lack them.
        "formats": list(files.formats),
        **tables.output_paths(files),
    }
    split = channels == "split"
    with (
        nullcontext() if recogniser is None else closing(recogniser),
        tables.opened(predictor.labels, origin, split=split) as writers,
    ):
        failed = _analyse(
            predictor,
            recordings,
            files,
            names,
            writers,
            recogniser,
            split=split,
            show_all=show_all,
        )
    if summary is not None:
        print_counts("analysed", count, failed, summary)
    print_left_out(left_out)
    if failed:
        raise typer.Exit(2)


class _Writers(NamedTuple):
    """Open tables of recordings and of their segments, and the rows of an earlier run."""

    summary: RowWriter[RecordingSummary] | None
    segments: RowWriter[SegmentRow] | None
    written: WrittenRows


@dataclass(frozen=True)
class _Tables:
    """Destinations of the rows of recordings and of their segments."""

    summary: ResultFile | None
    segments: ResultFile | None

    @classmethod
    def of(
        cls, summary: Path | None, segments: Path | None, csv: CsvOptions, *, resume: bool
    ) -> Self:
        """The tables of the options; checked, so that no rows are lost."""
        if resume and summary is None:
            raise ConfigError(
                "--resume continues a table: name FILE.csv or FILE.jsonl with --summary"
            )
        if summary is not None and summary == segments:
            raise ConfigError(f"--summary and --segments are both {summary}: name two files")
        tables = cls(
            _table(summary, "--summary", csv, resume=resume),
            _table(segments, "--segments", csv, resume=resume),
        )
        for table in (tables.summary, tables.segments):
            if table is not None:
                table.check()
        return tables

    @property
    def formats(self) -> list[str]:
        """Formats of the tables."""
        return [one.format_name for one in (self.summary, self.segments) if one is not None]

    def with_summary(self) -> _Tables:
        """The same, with the rows of recordings on standard output where they have no file."""
        return replace(self, summary=self.summary or result_file(None))

    def output_paths(self, files: TimelineFiles) -> dict[str, str | None]:
        """Paths of the outputs, relative to the folder of the summary, so that all may be moved together.

        With those of another command, recordings would be missing, or rows of others be cut off.
        """
        summary = None if self.summary is None else self.summary.path
        segments = None if self.segments is None else self.segments.path
        base = Path() if summary is None else summary.parent
        written = files.formats and not files.is_standard_output
        return {
            "summary": None if summary is None or segments is None else summary.name,
            "segments": None if segments is None else path_from(base, segments),
            "output": path_from(base, files.output) if written else None,
        }

    @contextmanager
    def opened(self, labels: LabelSet, origin: Origin, *, split: bool) -> Iterator[_Writers]:
        """The tables, open for writing; an interruption prints how to continue."""
        from emotion_classifier.inference.files.written_rows import WrittenRows
        from emotion_classifier.inference.timeline.summary import segment_layout, summary_layout

        writers = _Writers(None, None, WrittenRows())
        with ExitStack() as stack:
            if self.summary is not None:
                stack.enter_context(noting_how_to_resume(self.summary))
                layout = summary_layout(labels, split=split)
                opened = stack.enter_context(self.summary.opened(layout, origin))
                writers = writers._replace(summary=opened.writer, written=opened.written)
            if self.segments is not None:
                # Segments are written before the row of their recording: others are of no complete one.
                opened = stack.enter_context(
                    self.segments.opened(segment_layout(), origin, writers.written.files)
                )
                writers = writers._replace(segments=opened.writer)
            yield writers


def _table(path: Path | None, option: str, csv: CsvOptions, *, resume: bool) -> ResultFile | None:
    if path is None:
        return None
    table = result_file(path, option=option, resume=resume)
    return replace(table, options=csv) if table.format_name == "csv" else table


def _analyse(
    predictor: Predictor,
    recordings: Recordings,
    files: TimelineFiles,
    names: Mapping[Path, str],
    writers: _Writers,
    recogniser: Recogniser | None,
    *,
    split: bool,
    show_all: bool,
) -> int:
    """Write and print the timelines of recordings without a row; the number of all failed ones."""
    from emotion_classifier.inference.timeline.many import analyse_files
    from emotion_classifier.inference.timeline.summary import RecordingSummary, segment_rows
    from emotion_classifier.inference.timeline.words import with_words

    remaining = list(without_rows(recordings, writers.written))
    failed = writers.written.failed
    has_bar = writers.summary is None or len(remaining) > 1
    with (
        show_progress(
            "analysing", "s" if len(remaining) == 1 else "files", shown=has_bar
        ) as report,
        closing(
            analyse_files(
                predictor,
                remaining,
                mix=not split,
                on_progress=report if len(remaining) == 1 else None,
            )
        ) as analysed,
    ):
        for number, (path, result) in enumerate(analysed, start=1):
            if isinstance(result, AudioError):
                if writers.summary is None:
                    raise result
                failed += 1
                writers.summary.write(RecordingSummary.of_error(path, result))
            else:
                if recogniser is not None:
                    result = with_words(result, recogniser, predictor.maximum_seconds)
                written = list(files.write(result, names[path]))
                if writers.segments is not None:
                    for row in segment_rows(result):
                        writers.segments.write(row)
                if not files.is_standard_output:
                    overview = writers.summary is None
                    with_segments = show_all or (overview and recogniser is not None)
                    _print(result, written, overview=overview, show_all=with_segments)
                if writers.summary is not None:
                    writers.summary.write(RecordingSummary.of(result))
            if len(remaining) > 1:
                report(number, len(remaining))
    return failed


def _print(
    recording: RecordingTimelines, written: list[Path], *, overview: bool, show_all: bool
) -> None:
    """Print the tables of a recording, and the paths of its files."""
    from emotion_classifier.inference.timeline.conversation import (
        conversation_of,
        conversation_table,
    )
    from emotion_classifier.inference.timeline.tables import overview_tables, segment_table
    from emotion_classifier.rendering.tables import to_rich

    console = make_console()
    if show_all:
        console.print(to_rich(segment_table(recording)))
    if overview:
        for table in overview_tables(recording):
            console.print(to_rich(table))
        if len(recording.channels) == 2:
            console.print(to_rich(conversation_table(conversation_of(*recording.channels))))
        for path in written:
            print_line(f"written: {path}")
