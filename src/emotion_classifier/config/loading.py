"""Settings made from a YAML file, overrides or plain data; all mistakes are told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from emotion_classifier.config.document import Document, KeyPath, dotted
from emotion_classifier.config.error_messages import describe, listed
from emotion_classifier.config.overrides import apply_overrides
from emotion_classifier.config.strict import StrictConfig
from emotion_classifier.config.yaml_file import read_yaml
from emotion_classifier.config.yaml_text import inline
from emotion_classifier.errors import ConfigError

Config = TypeVar("Config", bound=StrictConfig)


def load_config(cls: type[Config], path: Path | None, overrides: Sequence[str] = ()) -> Config:
    """The settings in a YAML file, changed by dotted `overrides`; without a file, the defaults.

    Paths in the file stay as they are written, so relative ones start from the working directory
    and not from the folder of the file.

    Raises
    ------
    ConfigError
        Names every mistake with its file and line (or override), key, value, the rule, the nearest
        valid key or value, and the valid ones.
    """
    document = Document({}, {(): "settings"}) if path is None else read_yaml(path)
    return _checked(cls, apply_overrides(document, overrides))


def parse_config(cls: type[Config], data: Mapping[str, object], source: str = "settings") -> Config:
    """The settings in plain `data`; a `ConfigError` names `source` as their place."""
    return _checked(cls, Document(dict(data), {(): source}))


def _checked(cls: type[Config], document: Document) -> Config:
    try:
        config = cls.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError(describe(cls, document, error.errors(include_url=False))) from error
    truths = [
        f"{document.origin(path)}: {dotted(path)}: got {inline(truth)}, expected a number"
        for path, truth in _truths_taken_as_numbers(document.data, config, ())
    ]
    if truths:
        raise ConfigError(listed(truths))
    return config


def _truths_taken_as_numbers(
    written: object, taken: object, path: KeyPath
) -> Iterator[tuple[KeyPath, bool]]:
    """Keys and values where `true` or `false` became 1 or 0, which pydantic allows and nobody means."""
    if isinstance(written, bool):
        if isinstance(taken, (int, float)) and not isinstance(taken, bool):
            yield path, written
    elif isinstance(written, Mapping):
        for key, value in written.items():
            below = taken.get(key) if isinstance(taken, Mapping) else getattr(taken, key, None)
            yield from _truths_taken_as_numbers(value, below, (*path, key))
    elif isinstance(written, (list, tuple)) and isinstance(taken, (list, tuple)):
        for index, (value, below) in enumerate(zip(written, taken, strict=False)):
            yield from _truths_taken_as_numbers(value, below, (*path, index))
