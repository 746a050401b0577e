"""`emotion config`."""

from __future__ import annotations

import json

import jsonschema
import pytest
from tests.cli.conftest import Command

from emotion_classifier.config import StrictConfig, dump_config, parse_yaml, reference, to_markdown
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.tuning.config import TuningConfig
from emotion_classifier.inference.files.config import InferenceConfig


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ((), RunConfig),
        (("run",), RunConfig),
        (("tuning",), TuningConfig),
        (("inference",), InferenceConfig),
    ],
)
def test_the_reference_has_every_option(
    emotion: Command, name: tuple[str, ...], settings: type[StrictConfig]
) -> None:
    ended = emotion("config", "reference", *name, "--format", "markdown")
    assert (ended.code, ended.out) == (0, to_markdown(reference(settings)))


def test_an_unknown_reference_is_an_error(emotion: Command) -> None:
    ended = emotion("config", "reference", "training")
    assert ended.code == 2
    assert "inference" in ended.error


def test_the_schema_describes_the_settings(emotion: Command) -> None:
    schema = json.loads(emotion("config", "schema", "inference").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    settings = parse_yaml(dump_config(InferenceConfig()), "defaults")
    jsonschema.validate(settings, schema)
    with pytest.raises(jsonschema.ValidationError, match="sede"):
        jsonschema.validate({**settings, "sede": 1}, schema)


def test_the_schema_is_of_runs_unless_named(emotion: Command) -> None:
    assert emotion("config", "schema").out == emotion("config", "schema", "run").out
