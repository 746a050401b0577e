"""The machinery of settings; it knows no setting."""

from emotion_classifier.config.loading import load_config, parse_config
from emotion_classifier.config.option_reference import OptionRow, reference
from emotion_classifier.config.reference_rendering import to_markdown, to_table
from emotion_classifier.config.strict import StrictConfig
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
