"""`emotion augment`: preview of the changes of training clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion_classifier.cli.settings import is_override
from emotion_classifier.cli.terminal import print_line, report_progress
from emotion_classifier.errors import ConfigError

if TYPE_CHECKING:
    from emotion_classifier.experiments.preview.config import PreviewConfig

app = typer.Typer(help="Augmentation of training clips.", no_args_is_help=True)


@app.command("preview")
def preview_(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE... [KEY=VALUE]...",
            help="Recordings, then single settings such as 'augmentation.chain=[{kind: gain}]'.",
        ),
    ],
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="The settings of a run.")
    ] = None,
    emotion: Annotated[str | None, typer.Option(help="Preview the chain of this emotion.")] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for sounds, figures and a page.")
    ] = Path("augmented"),
    variants: Annotated[int, typer.Option(min=0, help="Draws of the whole chain.")] = 3,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the draws, instead of that in the settings.")
    ] = None,
) -> None:
    """Write augmented versions of recordings: WAV files, figures and a page that plays them.

    Each augmentation alone, then draws of the whole chain. Without --config it is the default
    augmentation. Files of the same names are replaced.
    """
    files, overrides = _parse_arguments(arguments)
    from emotion_classifier.experiments.preview.augmentation_preview import preview

    chosen = _read(config, overrides, seed)
    with report_progress() as progress:
        index = preview(
            chosen, files, emotion=emotion, variants=variants, output=output, progress=progress
        )
    print_line(f"page: {index}")


def _parse_arguments(arguments: Sequence[str]) -> tuple[list[Path], list[str]]:
    """The recordings and the overrides."""
    overrides = [text for text in arguments if is_override(text)]
    files = [Path(text) for text in arguments if text not in overrides]
    if not files:
        raise ConfigError("no recording was named: give at least one audio file before KEY=VALUE")
    return files, overrides


def _read(path: Path | None, overrides: Sequence[str], seed: int | None) -> PreviewConfig:
    from emotion_classifier.config import load_config
    from emotion_classifier.experiments.preview.config import PreviewConfig
    from emotion_classifier.experiments.train.config import RunConfig

    if path is None:
        config = load_config(PreviewConfig, None, overrides)
    else:
        config = PreviewConfig.of_run(load_config(RunConfig, path, overrides))
    return config if seed is None else config.updated({"seed": seed}, origin="--seed")
