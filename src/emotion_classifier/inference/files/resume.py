"""Which model and settings gave the rows in a file: kept beside it, as ``FILE.origin.json``.

Not in the rows themselves, which are read by programs that expect nothing but rows.
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
"""Plain values by dotted name, all that answers depend on beside the recordings."""

_ANOTHER = "Name another file for the output"


def origin_of(specification: ModelSpecification, settings: InferenceConfig) -> Origin:
    """What rows depend on; where the model lies, and what its card says, does not count."""
    values = settings.model_dump(mode="json", exclude={"model"})
    stream = values.pop("stream")
    heard_by = specification.model_dump_json(exclude={"card", "notes"})
    return {
        "model": specification.name,
        "model_sha256": hashlib.sha256(heard_by.encode()).hexdigest(),
        **values,
        **{f"stream.{name}": value for name, value in stream.items()},
    }


def origin_file(output: Path) -> Path:
    """Where the origin of the rows in `output` is kept."""
    return output.with_name(f"{output.name}.origin.json")


def write_origin(output: Path, origin: Origin) -> None:
    """Keep the origin of the rows that will be in `output`; what is no plain file has none.

    Raises
    ------
    StorageError
        It cannot be written.
    """
    if not output.exists() or output.is_file():
        text = json.dumps(origin, indent=2) + "\n"
        write_atomically(origin_file(output), text.encode(), f"{_ANOTHER}.")


def check_origin(output: Path, origin: Origin) -> None:
    """Nothing where rows of `origin` can be added to those in `output`.

    Raises
    ------
    ConfigError
        The rows that are there come from another model or other settings, or nobody knows.
    """
    earlier = _read(output)
    # A model that has another name is told by that, else by its hash.
    names = (name for name in {**earlier, **origin} if earlier.get(name) != origin.get(name))
    for name in names:
        raise ConfigError(
            f"{output} cannot be continued: {name} was {json.dumps(earlier.get(name))} for the rows in "
            f"it and is {json.dumps(origin.get(name))} now. {_ANOTHER}, or take the same model and "
            f"settings again, see {origin_file(output)}"
        )


def _read(output: Path) -> dict[str, object]:
    path = origin_file(output)
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):  # what is damaged is no JSON or no UTF-8
        found = None
    if not isinstance(found, dict):
        raise ConfigError(
            f"{output} cannot be continued: which model and settings gave the rows in it is told by "
            f"{path.name}, which is missing or damaged. {_ANOTHER}"
        )
    return found
