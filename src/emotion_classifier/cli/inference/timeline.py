"""`emotion timeline`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from emotion_classifier.cli.inference.options import StreamOptions
from emotion_classifier.cli.terminal import make_console, show_progress


def timeline(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording of any duration.")],
    options: StreamOptions,
    form: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            help="Formats of files to write: {timeline_formats}; several between commas.",
            show_default="none",
        ),
    ] = None,
    channels: Annotated[
        Literal["mix", "split"],
        typer.Option(help="Mix the channels, or analyse two as two speakers."),
    ] = "mix",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the files that --format names.")
    ] = Path("timelines"),
) -> None:
    """Print the emotions of a recording over time, and write them as files.

    Files are named after the recording; those of the same names are replaced. With --channels split
    the call is described too: talk time, turns, overlaps, interruptions and silences.
    """
    from emotion_classifier.inference.timeline.analyse import analyse_file
    from emotion_classifier.inference.timeline.conversation import (
        conversation_of,
        conversation_table,
    )
    from emotion_classifier.inference.timeline.writers import (
        parse_formats,
        timeline_table,
        write_timeline,
    )
    from emotion_classifier.rendering.tables import to_rich

    formats = parse_formats(form or ())
    settings = options.to_config()
    predictor = settings.build()
    with show_progress("analysing", "s") as on_progress:
        mix = channels != "split"
        recording = analyse_file(predictor, file, mix=mix, on_progress=on_progress)
    paths = write_timeline(recording, output, formats)
    console = make_console()
    console.print(to_rich(timeline_table(recording)))
    if channels == "split":
        console.print(to_rich(conversation_table(conversation_of(*recording.channels))))
    for path in paths:
        typer.echo(f"written: {path}")
