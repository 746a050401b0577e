"""Settings of runs from a file, overrides and `--corpus`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion_classifier.errors import ConfigError

if TYPE_CHECKING:
    from emotion_classifier.experiments.data.load import DataConfig
    from emotion_classifier.experiments.train.config import RunConfig

DEFAULT_CONFIG = Path("configs/config.yml")

Settings = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CONFIG] [KEY=VALUE]...",
        help="A settings file or recipe, then single settings such as training.epochs=20.",
    ),
]
CorpusOption = Annotated[
    list[str] | None,
    typer.Option(
        "--corpus",
        metavar="KIND=PATH",
        help="A corpus such as ravdess=data/ravdess; may be given several times. They replace those "
        "of CONFIG.",
    ),
]


def read_run_config(arguments: Sequence[str] | None) -> RunConfig:
    """The settings of a run from CONFIG (or the default file) and overrides."""
    path, overrides = _parse_arguments(arguments or ())
    if path is None and not DEFAULT_CONFIG.is_file():
        raise ConfigError(
            f"no settings file was named and {DEFAULT_CONFIG} is not in this folder: name a file, or "
            "a recipe of `emotion recipes list`, for example `emotion train ravdess_acnt`"
        )
    from emotion_classifier.config import load_config
    from emotion_classifier.experiments.train.config import RunConfig

    return load_config(RunConfig, path or DEFAULT_CONFIG, overrides)


def read_selection(arguments: Sequence[str] | None, corpora: Sequence[str] | None) -> DataConfig:
    """Settings of corpora, emotions and split from CONFIG or ``--corpus``, and overrides."""
    from emotion_classifier.config import load_config
    from emotion_classifier.experiments.data.load import DataConfig

    path, overrides = _parse_arguments(arguments or ())
    options = _corpus_settings(corpora or ())
    if path is not None:
        from emotion_classifier.experiments.train.config import RunConfig

        return load_config(RunConfig, path, overrides, options=options)
    if not corpora and not any(text.lstrip().startswith("corpora") for text in overrides):
        raise ConfigError(
            "no corpus was named: give --corpus KIND=PATH, for example --corpus "
            "ravdess=data/ravdess, a settings file, or "
            '"corpora=[{kind: ravdess, path: data/ravdess}]"'
        )
    return load_config(DataConfig, None, overrides, options=options)


def _parse_arguments(arguments: Sequence[str]) -> tuple[Path | None, list[str]]:
    """CONFIG, if the first argument is no override, and the overrides."""
    if arguments and not is_override(arguments[0]):
        from emotion_classifier.experiments.recipes import settings_file

        return settings_file(arguments[0]), list(arguments[1:])
    return None, list(arguments)


def is_override(text: str) -> bool:
    """Whether an argument is KEY=VALUE and not a path with an equals sign."""
    key, separator, _ = text.partition("=")
    return bool(separator) and not {"/", "\\"} & set(key) and not Path(text).is_file()


def _corpus_settings(corpora: Sequence[str]) -> dict[str, object]:
    """The option ``corpora``, which replaces that of a file; none without corpora."""
    settings: list[dict[str, str]] = []
    for text in corpora:
        kind, _, path = text.partition("=")
        if not kind or not path:
            raise ConfigError(
                f"--corpus {text!r} is not KIND=PATH: for example --corpus ravdess=data/ravdess"
            )
        settings.append({"kind": kind, "path": path})
    return {"corpora": settings} if settings else {}
