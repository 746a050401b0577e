"""The file of a study, which may take its design from the file of another."""

from __future__ import annotations

from pathlib import Path

from emotion_classifier.config import read_yaml
from emotion_classifier.config.document import Document, KeyPath
from emotion_classifier.config.loading import validated
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.studies.config import StudyConfig

_SHARED = ("base", "settings", "factors", "folds", "seeds")
_EXTENDS = "design_of"


def read_study(path: Path) -> StudyConfig:
    """The settings of a study.

    With ``design_of: other.yml`` (from the folder of the file), base, settings, factors, folds and seeds
    are those of the other study, where the file does not set them; both then share their runs.

    Raises
    ------
    ConfigError
        A file is missing or wrong; the message names it, its line and the rule.
    """
    document = read_yaml(path)
    other = document.data.get(_EXTENDS)
    if other is None:
        return validated(StudyConfig, document)
    if not isinstance(other, str):
        raise ConfigError(f"{path}: {_EXTENDS} is {other!r}, and names the file of another study")
    shared = read_yaml(path.parent / other)
    if _EXTENDS in shared.data:
        raise ConfigError(
            f"{path}: {_EXTENDS}: {other} takes its design from another file: name that file"
        )
    return validated(StudyConfig, _merged(document, shared))


def _merged(document: Document, shared: Document) -> Document:
    taken = [key for key in _SHARED if key in shared.data and key not in document.data]
    data = {key: value for key, value in document.data.items() if key != _EXTENDS}
    origins: dict[KeyPath, str] = {
        at: origin for at, origin in shared.origins.items() if at and at[0] in taken
    }
    return Document(data | {key: shared.data[key] for key in taken}, origins | document.origins)
