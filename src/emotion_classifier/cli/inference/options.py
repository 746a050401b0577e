"""Settings of inference from a file and from flags."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion_classifier.errors import ConfigError

if TYPE_CHECKING:
    from emotion_classifier.inference.files.config import InferenceConfig

_PANEL = "Settings, each instead of the one in the file"

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="A model folder, the folder of a run, or the name of a bundled model.",
        show_default="the bundled one",
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="A file like configs/inference_config.yml.", show_default=False),
]
WindowOption = Annotated[
    float | None,
    typer.Option(
        "--window-seconds", help="Duration of a window.", rich_help_panel=_PANEL, show_default="5"
    ),
]
HopOption = Annotated[
    float | None,
    typer.Option(
        "--hop-seconds",
        help="From the start of a window to that of the next one.",
        rich_help_panel=_PANEL,
        show_default="1",
    ),
]
OnsetOption = Annotated[
    float | None,
    typer.Option(
        "--onset",
        help="Speech probability from which on somebody speaks.",
        rich_help_panel=_PANEL,
        show_default="0.5",
    ),
]
ActivityOption = Annotated[
    bool | None,
    typer.Option(
        "--activity/--no-activity",
        help="Whether to listen for speech and say where there is none.",
        rich_help_panel=_PANEL,
        show_default="on",
    ),
]
NewestShareOption = Annotated[
    float | None,
    typer.Option(
        "--newest-share",
        help="Share of the newest window in a smoothed answer; 1 smooths nothing.",
        rich_help_panel=_PANEL,
        show_default="0.5",
    ),
]
MeanWindowsOption = Annotated[
    int | None,
    typer.Option(
        "--mean-windows",
        help="Smooth by the mean of so many windows, instead of --newest-share.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
ToneOption = Annotated[
    float | None,
    typer.Option(
        "--tone-seconds",
        help="The time up to now that the tone is taken from.",
        rich_help_panel=_PANEL,
        show_default="30",
    ),
]
UncertainOption = Annotated[
    float | None,
    typer.Option(
        "--uncertain-below",
        help="Confidence below which the answer is uncertain.",
        rich_help_panel=_PANEL,
        show_default="the model's",
    ),
]
MaximumOption = Annotated[
    float | None,
    typer.Option(
        "--maximum-seconds",
        help="The longest file that is accepted.",
        rich_help_panel=_PANEL,
        show_default="6 hours",
    ),
]


def read_inference_config(
    path: Path | None,
    *,
    model: str | None = None,
    maximum_seconds: float | None = None,
    activity: bool | None = None,
    newest_share: float | None = None,
    mean_windows: int | None = None,
    **stream: float | None,
) -> InferenceConfig:
    """The settings in a file, changed by the flags that are not None.

    Parameters
    ----------
    activity : False sets no onset; True restores the default where the file sets none.
    newest_share, mean_windows : of exponential smoothing or of that by a mean, instead of any
        other; one of the two.
    stream : other settings of `StreamConfig`, by their names.

    Raises
    ------
    ConfigError
        A setting is unknown or out of range, two smoothings are asked for, or the file cannot be
        read.
    """
    from emotion_classifier.config import load_config
    from emotion_classifier.inference.files.config import InferenceConfig
    from emotion_classifier.inference.streaming.stream import StreamConfig

    overrides = [f"stream.{key}={value}" for key, value in stream.items() if value is not None]
    if maximum_seconds is not None:
        overrides.append(f"maximum_seconds={maximum_seconds}")
    if activity is False:
        overrides.append("stream.onset=null")
    if newest_share is not None and mean_windows is not None:
        raise ConfigError(
            f"--newest-share {newest_share:g} and --mean-windows {mean_windows}: there is one "
            "smoothing, so give one of the two"
        )
    if mean_windows is not None:
        overrides.append(f"stream.smoothing={{kind: mean, windows: {mean_windows}}}")
    if newest_share is not None:
        kind = f"kind: exponential, newest_share: {newest_share}"
        overrides.append(f"stream.smoothing={{{kind}}}")
    config = load_config(InferenceConfig, path, overrides)
    if activity and config.stream.onset is None:
        onset = StreamConfig().onset
        config = config.model_copy(
            update={"stream": config.stream.model_copy(update={"onset": onset})}
        )
    return config if model is None else config.model_copy(update={"model": model})
