"""The origin of result rows: the model and the settings that they depend on.

It is in a file beside the rows, ``FILE.origin.json``: programs that read the rows expect nothing else in
them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from emotion_classifier.errors import ConfigError
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.storage import write_atomically

Origin: TypeAlias = Mapping[str, object]
"""Model and settings that rows depend on: plain values by dotted name."""

RULE = 2
"""Number of the rule from audio to rows. It grows when the same file, model and settings give another
row; files without it are of the first rule."""
_ANOTHER = "Name another file for the output"


def origin_of(specification: ModelSpecification, settings: InferenceConfig) -> Origin:
    """Origin of the rows of a model and settings; path, card and notes of the model do not count."""
    values = settings.model_dump(mode="json", exclude={"model"})
    stream = values.pop("stream")
    left_out = {"card", "notes"} | ({"adaptation"} if specification.adaptation is None else set())
    model = specification.model_dump_json(exclude=left_out)
    return {
        "rule": RULE,
        "model": specification.name,
        "model_sha256": hashlib.sha256(model.encode()).hexdigest(),
        **values,
        **{f"stream.{name}": value for name, value in stream.items()},
    }


def origin_file(output: Path) -> Path:
    """Path of the origin of the rows in `output`."""
    return output.with_name(f"{output.name}.origin.json")


def write_origin(output: Path, origin: Origin) -> None:
    """Write the origin of the rows that will be in `output`.

    Raises
    ------
    StorageError
        It cannot be written.
    """
    text = json.dumps(origin, indent=2) + "\n"
    write_atomically(origin_file(output), text.encode(), f"{_ANOTHER}.")


def check_origin(output: Path, origin: Origin) -> None:
    """Check that rows of `origin` can be added to those in `output`.

    Raises
    ------
    ConfigError
        The rows there come from another model, other settings or an earlier rule, or their origin is
        unknown.
    """
    written = _read(output)
    if written.get("rule", 1) != origin["rule"]:
        raise ConfigError(
            f"{output} cannot be continued: its rows are of another version of emotion_classifier, "
            f"which predicts by another rule ({written.get('rule', 1)}, now {origin['rule']}). "
            f"{_ANOTHER}"
        )
    # The name of the model comes before its hash.
    names = (name for name in {**written, **origin} if written.get(name) != origin.get(name))
    for name in names:
        raise ConfigError(
            f"{output} cannot be continued: {name} was {json.dumps(written.get(name))} for the rows in "
            f"it and is {json.dumps(origin.get(name))} now. {_ANOTHER}, or take the same model and "
            f"settings again, see {origin_file(output)}"
        )


def _read(output: Path) -> dict[str, object]:
    path = origin_file(output)
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):  # damaged: no JSON or no UTF-8
        found = None
    if not isinstance(found, dict):
        raise ConfigError(
            f"{output} cannot be continued: the model and settings of its rows are in "
            f"{path.name}, which is missing or damaged. {_ANOTHER}"
        )
    return found
