"""`emotion adapt`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_classifier.cli.inference.outputs import print_left_out
from emotion_classifier.cli.terminal import print_line, report_progress


def adapt(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A model folder, a run folder, or the name of a bundled model."
        ),
    ],
    audio: Annotated[
        list[str],
        typer.Option(
            "--audio", help="Folder of recordings, a file, a pattern or @FILE; may be repeated."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the new model.")],
) -> None:
    """Write a model that is adapted to recordings of one microphone or room, without labels.

    The recordings should be varied: at least 10 windows of speech with several emotions. What is
    predicted too often on them becomes rarer, and neutral more frequent.
    """
    from emotion_classifier.inference.adaptation import adapt as write
    from emotion_classifier.inference.files.inputs import gather

    recordings = gather(audio)
    _, left_out = recordings.survey()
    with report_progress() as progress:
        adaptation = write(model, list(recordings), output, progress)
    print_left_out(left_out)
    print_line(
        f"adapted to {adaptation.recordings} recordings, {adaptation.windows} windows, "
        f"{adaptation.speech_seconds:g} s of speech"
    )
    print_line(f"model: {output}")
