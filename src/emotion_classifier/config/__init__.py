"""Settings: reading, validation, reference and JSON Schema; no option is defined here.

Prediction needs `StrictConfig` alone, and starts faster without the rest: that is imported on first
use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from emotion_classifier.config.strict import StrictConfig, default_of, description_of

if TYPE_CHECKING:
    from emotion_classifier.config.custom_part import CustomPart
    from emotion_classifier.config.loading import load_config, parse_config
    from emotion_classifier.config.schema import (
        OptionRow,
        json_schema,
        reference,
        to_markdown,
        to_table,
    )
    from emotion_classifier.config.yaml_file import (
        MAXIMUM_BYTES,
        dump_config,
        dump_yaml,
        parse_yaml,
        read_yaml,
    )

__all__ = [
    "MAXIMUM_BYTES",
    "CustomPart",
    "OptionRow",
    "StrictConfig",
    "default_of",
    "description_of",
    "dump_config",
    "dump_yaml",
    "json_schema",
    "load_config",
    "parse_config",
    "parse_yaml",
    "read_yaml",
    "reference",
    "to_markdown",
    "to_table",
]

_MODULES = {
    "custom_part": ("CustomPart",),
    "loading": ("load_config", "parse_config"),
    "schema": ("OptionRow", "json_schema", "reference", "to_markdown", "to_table"),
    "yaml_file": ("MAXIMUM_BYTES", "dump_config", "dump_yaml", "parse_yaml", "read_yaml"),
}


def __getattr__(name: str) -> object:
    """A name from a module that is not imported yet."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
