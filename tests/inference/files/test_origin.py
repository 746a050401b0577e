"""The origin of rows: which model, settings and rule they are from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emotion_classifier.config import parse_config
from emotion_classifier.errors import ConfigError
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.inference.files.origin import (
    Origin,
    check_origin,
    origin_file,
    origin_of,
    write_origin,
)
from emotion_classifier.model_folder.folder import read_specification
from emotion_classifier.model_folder.specification import CardFacts, ModelSpecification


@pytest.fixture
def specification(untrained_model: Path) -> ModelSpecification:
    return read_specification(untrained_model)


@pytest.fixture
def origin(specification: ModelSpecification) -> Origin:
    return origin_of(specification, InferenceConfig())


def test_a_copied_model_is_the_same(
    specification: ModelSpecification, origin: Origin, tmp_path: Path
) -> None:
    output = tmp_path / "new" / "rows.csv"
    write_origin(output, origin)
    card = {"card": CardFacts(), "notes": ("scored anew",)}
    elsewhere = InferenceConfig(model="elsewhere")
    check_origin(output, origin_of(specification.model_copy(update=card), elsewhere))
    assert json.loads(origin_file(output).read_text())["model"] == "untrained"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "other"}, 'model was "untrained" for the rows in it and is "other" now'),
        ({"temperature": 2.0}, r'model_sha256 was "[0-9a-f]{64}" .* and is "[0-9a-f]{64}" now'),
        ({"files": {"model.onnx": "0" * 64}}, "model_sha256 was"),
    ],
    ids=["name", "temperature", "weights"],
)
def test_another_model_is_refused(
    specification: ModelSpecification,
    origin: Origin,
    tmp_path: Path,
    changes: dict[str, object],
    expected: str,
) -> None:
    output = tmp_path / "rows.csv"
    write_origin(output, origin)
    other = origin_of(specification.model_copy(update=changes), InferenceConfig())
    with pytest.raises(ConfigError, match=rf"rows\.csv cannot be continued: {expected}.*another"):
        check_origin(output, other)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"stream": {"onset": None}}, "stream.onset was 0.5 for the rows in it and is null now"),
        ({"maximum_seconds": 60}, "maximum_seconds was 21600.0 .* and is 60.0 now"),
        ({"stream": {"smoothing": {"kind": "mean"}}}, "stream.smoothing was .*exponential"),
    ],
    ids=["onset", "limit", "smoothing"],
)
def test_other_settings_are_refused(
    specification: ModelSpecification,
    origin: Origin,
    tmp_path: Path,
    settings: dict[str, object],
    expected: str,
) -> None:
    output = tmp_path / "rows.csv"
    write_origin(output, origin)
    other = origin_of(specification, parse_config(InferenceConfig, settings))
    with pytest.raises(ConfigError, match=expected):
        check_origin(output, other)


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{", b"\xff"])
def test_an_unknown_origin_is_refused(
    origin: Origin, tmp_path: Path, content: bytes | None
) -> None:
    output = tmp_path / "rows.csv"
    if content is not None:
        origin_file(output).write_bytes(content)
    with pytest.raises(ConfigError, match=r"rows\.csv\.origin\.json, which is missing or damaged"):
        check_origin(output, origin)


@pytest.mark.parametrize("rule", [None, 1, 99])
def test_another_rule_is_refused(origin: Origin, tmp_path: Path, rule: int | None) -> None:
    output = tmp_path / "rows.csv"
    written = {name: value for name, value in origin.items() if name != "rule"}
    write_origin(output, written if rule is None else {**written, "rule": rule})
    with pytest.raises(ConfigError, match=r"another version .* by another rule .*Name another"):
        check_origin(output, origin)
