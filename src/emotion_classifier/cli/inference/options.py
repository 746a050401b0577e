"""Options that `predict`, `timeline` and `listen` share, and the settings they become.

Every command is imported for ``emotion --help``, and settings classes take long to import. So the
help and the defaults of settings come from their classes when the help of a command is shown.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from emotion_classifier.errors import ConfigError

if TYPE_CHECKING:
    from emotion_classifier.inference.files.config import InferenceConfig

_SETTINGS = {
    "model": "model",
    "window_seconds": "stream.window_seconds",
    "hop_seconds": "stream.hop_seconds",
    "onset": "stream.onset",
    "newest_share": "stream.smoothing.newest_share",
    "tone_seconds": "stream.tone_seconds",
    "uncertain_below": "stream.uncertain_below",
    "maximum_seconds": "maximum_seconds",
}
"""Option → setting of `InferenceConfig` with its description and default."""


_PANEL = "Settings, each instead of the one in the file"
_Number = Annotated[float | None, typer.Option(rich_help_panel=_PANEL)]


@dataclass(frozen=True)
class InferenceOptions:
    """Options of `predict`; None, their default, keeps the setting of the file."""

    model: Annotated[str | None, typer.Option("--model", "-m")] = None
    config: Annotated[
        Path | None, typer.Option(help="A file like configs/inference_config.yml.")
    ] = None
    window_seconds: _Number = None
    hop_seconds: _Number = None
    onset: _Number = None
    activity: Annotated[
        bool | None,
        typer.Option(
            rich_help_panel=_PANEL,
            help="Whether to detect speech, and to report where there is none.",
            show_default="on",
        ),
    ] = None
    uncertain_below: _Number = None
    maximum_seconds: _Number = None

    def to_config(self) -> InferenceConfig:
        """The settings in the file, or the defaults, updated with the options.

        Raises
        ------
        ConfigError
            A setting is unknown or out of range, or the file cannot be read.
        """
        from emotion_classifier.config import load_config
        from emotion_classifier.inference.files.config import InferenceConfig

        config = load_config(InferenceConfig, self.config)
        return config.updated(self._updates(config), origin="command line")

    def _updates(self, config: InferenceConfig) -> dict[str, object]:
        """Dotted key → value of the settings that the options change."""
        from emotion_classifier.config import default_of

        options = {key: getattr(self, name, None) for name, key in _SETTINGS.items()}
        updates = {key: value for key, value in options.items() if value is not None}
        if self.activity is False:
            updates["stream.onset"] = None
        elif self.activity and config.stream.onset is None:
            updates.setdefault("stream.onset", default_of(type(config), "stream.onset"))
        return updates


@dataclass(frozen=True)
class StreamOptions(InferenceOptions):
    """Options of `timeline` and `listen`: those of `predict`, smoothing and tone."""

    newest_share: _Number = None
    mean_windows: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=_PANEL,
            help="Smooth by the mean of so many windows, instead of --newest-share.",
        ),
    ] = None
    tone_seconds: _Number = None

    def _updates(self, config: InferenceConfig) -> dict[str, object]:
        updates = super()._updates(config)
        newest_share = updates.pop(_SETTINGS["newest_share"], None)
        if newest_share is not None and self.mean_windows is not None:
            raise ConfigError(
                f"--newest-share {newest_share} and --mean-windows {self.mean_windows}: there is "
                "one smoothing, so give one of the two"
            )
        if newest_share is not None:
            updates["stream.smoothing"] = {"kind": "exponential", "newest_share": newest_share}
        if self.mean_windows is not None:
            updates["stream.smoothing"] = {"kind": "mean", "windows": self.mean_windows}
        return updates


class InferenceCommand(TyperCommand):
    """A command whose help is completed with defaults of settings and names of formats when it is shown."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        for option in self.params:
            if option.name in _SETTINGS:
                vars(option).update(_documentation(_SETTINGS[option.name]))
            elif option.name == "form":
                vars(option)["help"] = vars(option)["help"].format_map(_formats())
        super().format_help(ctx, formatter)


def _documentation(key: str) -> dict[str, object]:
    """Description and default of a setting; of the description, "null takes ..." is the default."""
    from emotion_classifier.config import default_of, description_of
    from emotion_classifier.inference.files.config import InferenceConfig

    default = default_of(InferenceConfig, key)
    description, _, null = (
        description_of(InferenceConfig, key).rstrip(".").partition("; null takes ")
    )
    shown = null if default is None else f"{default:g}"
    return {"help": f"{description}.", "show_default": shown}


def _formats() -> dict[str, str]:
    """Names of the output formats, for the help of ``--format``."""
    from emotion_classifier.inference.files.formats import ROW_FORMATS
    from emotion_classifier.inference.timeline.writers import TIMELINE_FORMATS

    return {
        "row_formats": ", ".join(ROW_FORMATS),
        "timeline_formats": ", ".join(TIMELINE_FORMATS),
    }


def expand_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command with one parameter for each field of the dataclass of its parameter `options`."""
    signature = inspect.signature(command, eval_str=True)
    options_class = signature.parameters["options"].annotation
    fields = inspect.signature(options_class, eval_str=True).parameters

    def run(**values: Any) -> None:
        options = options_class(**{name: values.pop(name) for name in fields})
        command(options=options, **values)

    parameters = [
        parameter
        for own in signature.parameters.values()
        for parameter in (fields.values() if own.name == "options" else (own,))
    ]
    run.__doc__ = command.__doc__
    vars(run)["__signature__"] = signature.replace(parameters=parameters)
    return run
