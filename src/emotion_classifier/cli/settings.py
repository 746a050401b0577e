"""Settings of runs from a file, overrides and `--corpus`."""

from __future__ import annotations

import os
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
        help="A corpus such as ravdess=data/ravdess; may be given several times.",
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
        return _settings_file(arguments[0]), list(arguments[1:])
    return None, list(arguments)


def is_override(text: str) -> bool:
    """Whether an argument is KEY=VALUE and not a path with an equals sign."""
    key, separator, _ = text.partition("=")
    return bool(separator) and not {"/", "\\"} & set(key) and not Path(text).is_file()


def _settings_file(text: str) -> Path:
    """A settings file, or that of the recipe with this name."""
    from emotion_classifier.config.document import did_you_mean
    from emotion_classifier.experiments.recipes import recipe_file, recipe_names

    path = Path(text)
    if path.is_file():
        return path
    names = recipe_names()
    if text in names:
        return recipe_file(text)
    if not path.exists() and path.stem in names:
        raise ConfigError(f"no settings file {path}; the recipe's name is {path.stem!r}")
    if not os.path.lexists(path) and path.stem == text:
        raise ConfigError(
            f"no settings file {path}, and no recipe of this name (`emotion recipes list`)"
            f"{did_you_mean(text, names)}"
        )
    return path


def _corpus_settings(corpora: Sequence[str]) -> dict[str, object]:
    settings: dict[str, object] = {}
    for index, text in enumerate(corpora):
        kind, _, path = text.partition("=")
        if not kind or not path:
            raise ConfigError(
                f"--corpus {text!r} is not KIND=PATH: for example --corpus ravdess=data/ravdess"
            )
        settings |= {f"corpora.{index}.kind": kind, f"corpora.{index}.path": path}
    return settings
