from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from emotion_classifier.config import StrictConfig, json_schema, read_yaml
from emotion_classifier.config.schema import Schema
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.inference.files.config import InferenceConfig

CONFIGS = Path(__file__).parents[2] / "configs"


def _errors(cls: type[StrictConfig], data: object) -> list[str]:
    return [
        error.message
        for error in jsonschema.Draft202012Validator(json_schema(cls)).iter_errors(data)
    ]


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yml")), ids=lambda path: path.stem)
def test_the_settings_files_conform_to_their_schema(path: Path) -> None:
    cls = InferenceConfig if path.stem == "inference_config" else RunConfig
    assert _errors(cls, read_yaml(path).data) == []


@pytest.mark.parametrize(
    "data",
    [
        {"corpora": [{"kind": "toy"}], "sede": 1},
        {"corpora": [{"kind": "toy", "speakers": 0}]},
        {"corpora": [{"kind": "tot"}]},
        {},
    ],
)
def test_invalid_settings_violate_the_schema(
    run_config: type[StrictConfig], data: dict[str, Any]
) -> None:
    assert _errors(run_config, {"corpora": [{"kind": "toy"}]}) == []
    assert _errors(run_config, data)


def test_every_option_has_its_docstring_as_description(run_config: type[StrictConfig]) -> None:
    schema = json_schema(run_config)
    assert schema["description"] == "A run."
    assert schema["properties"]["seed"]["description"] == "Start of every random draw."


def test_parts_of_a_schema(run_config: type[StrictConfig]) -> None:
    options = Schema.of(run_config).options
    corpus = options["corpora"].entry
    assert corpus is not None
    assert (list(corpus.kinds), corpus.discriminator) == (["folder", "toy"], "kind")
    assert list(options["extra"].without_null.kinds) == ["folder", "toy"]
    votes = corpus.kinds["folder"].options["votes"]
    assert votes.value is not None
    assert votes.value.content["maximum"] == 1
    fractions = options["split"].kinds["fractions"].options["fractions"]
    assert [entry.content["type"] for entry in fractions.entries] == ["number"] * 3
    devices = options["training"].options["devices"]
    assert devices.without_null is devices
    assert len(devices.alternatives) == 2


def test_the_part_below_a_key(run_config: type[StrictConfig]) -> None:
    schema = Schema.of(run_config)
    assert schema.below("sead") is None
    folds = schema.options["split"].kinds["fractions"].options["fractions"]
    assert folds.below(2) is not None
    assert folds.below(3) is None
    channels = schema.options["model"].options["network"].kinds["cnn"].options["channels"]
    assert channels.below(9) is not None
