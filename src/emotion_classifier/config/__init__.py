"""The machinery of settings; it knows no setting.

Prediction needs `StrictConfig` alone, and starts faster without the rest: that is imported on first
use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from emotion_classifier.config.strict import StrictConfig

if TYPE_CHECKING:
    from emotion_classifier.config.loading import load_config, parse_config
    from emotion_classifier.config.option_reference import OptionRow, reference
    from emotion_classifier.config.reference_rendering import to_markdown, to_table
    from emotion_classifier.config.yaml_text import dump_config

__all__ = [
    "OptionRow",
    "StrictConfig",
    "dump_config",
    "load_config",
    "parse_config",
    "reference",
    "to_markdown",
    "to_table",
]

_MODULES = {
    "OptionRow": "option_reference",
    "dump_config": "yaml_text",
    "load_config": "loading",
    "parse_config": "loading",
    "reference": "option_reference",
    "to_markdown": "reference_rendering",
    "to_table": "reference_rendering",
}


def __getattr__(name: str) -> object:
    """What stands in a module that is not imported yet."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
