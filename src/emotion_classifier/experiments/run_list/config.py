"""Settings of a run list: what several runs have in common, and their differences."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emotion_classifier.config import StrictConfig, read_yaml
from emotion_classifier.config.document import Document, dotted, inline
from emotion_classifier.config.loading import overridden, validated
from emotion_classifier.errors import ConfigError, RunError, abridged
from emotion_classifier.experiments.recipes import settings_file
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.runs.run_folder import RunFolder, RunName, equal_names

_NAME_LETTERS = 100
_OTHER_LETTERS = re.compile(r"[^A-Za-z0-9._]+")


class RunListConfig(StrictConfig):
    """Several runs: a base, and named differences, a grid, or each difference at each grid point."""

    experiment: RunName | None = None
    """Folder of the runs and their summary; null takes the name of the file."""
    base: str
    """Settings file or recipe that all runs start from."""
    settings: dict[str, Any] = {}
    """Settings of all runs by their dotted key, such as `training.epochs: 20`."""
    runs: dict[RunName, dict[str, Any]] = {}
    """Label of a run → the settings in which it differs, by dotted key."""
    grid: dict[str, tuple[Any, ...]] = {}
    """Dotted key → its values; there is a run for each combination, with a label made of the values."""
    finished: dict[RunName, Path] = {}
    """Name → folder of a finished run that the summary includes."""


@dataclass(frozen=True)
class ListedRun:
    """A run of a list: its settings, and those in which it differs from the others, by dotted key."""

    config: RunConfig
    differences: Mapping[str, object]


@dataclass(frozen=True)
class RunList:
    """The runs of a list, and the folders of finished runs by their name."""

    experiment: str
    runs: tuple[ListedRun, ...]
    finished: Mapping[str, RunFolder]


def read_run_list(path: Path, overrides: Sequence[str] = ()) -> RunList:
    """The runs that a YAML file lists.

    Parameters
    ----------
    overrides : ``key=value`` of settings of all runs, which take precedence over the file.

    Raises
    ------
    ConfigError
        The file has a wrong setting (the message names its line), no run, or an equal label twice.
    RunError
        A folder under `finished` is not that of a finished run.
    """
    document = read_yaml(path)
    listed = validated(RunListConfig, document)
    experiment = listed.experiment or _OTHER_LETTERS.sub("-", path.stem)
    base = _updated(read_yaml(settings_file(listed.base)), document, ("settings",), listed.settings)
    base = base.updated("experiment", experiment, str(path))
    runs = tuple(
        ListedRun(
            validated(RunConfig, overridden(RunConfig, made, overrides)),
            differences,
        )
        for made, differences in _documents(base, document, listed)
    )
    labels = [*(run.config.label for run in runs), *listed.finished]
    if doubled := equal_names(labels):
        raise ConfigError(
            f"{path}: two runs have the label {abridged(doubled)}, or differ in upper and lower case "
            "alone, which are one folder on Windows and macOS: list runs with labels of their own under "
            "`runs`"
        )
    finished = {name: _finished(folder, name, document) for name, folder in listed.finished.items()}
    return RunList(runs[0].config.experiment, runs, finished)


def _documents(
    base: Document, document: Document, listed: RunListConfig
) -> Iterable[tuple[Document, dict[str, object]]]:
    """The settings of each run before validation, and its differences."""
    if not (listed.runs or listed.grid):
        raise ConfigError(
            f"{document.origin(())}: lists no run: write `runs` (label: differences) or `grid` (key: values)"
        )
    for key, choices in listed.grid.items():
        if not choices:
            raise ConfigError(f"{document.origin(('grid', key))}: grid.{key} has no value")
    sections = {("runs", label): values for label, values in listed.runs.items()} | {
        ("grid",): listed.grid
    }
    for path in (section for section, values in sections.items() if "label" in values):
        raise ConfigError(
            f"{document.origin((*path, 'label'))}: {dotted((*path, 'label'))}: the label of a run is its key "
            "under `runs`, with the values of `grid`: remove it"
        )
    for label, differences in (listed.runs or {"": {}}).items():
        given: dict[tuple[str, ...], Sequence[object]] = {
            ("runs", label, key): (value,) for key, value in differences.items()
        }
        _require_effect(
            {**given, **{("grid", key): values for key, values in listed.grid.items()}}, document
        )
        named = _updated(base, document, ("runs", label), differences)
        for values in itertools.product(*listed.grid.values()):
            point = dict(zip(listed.grid, values, strict=True))
            made = _updated(named, document, ("grid",), point)
            name = _label([label] if label else [], point)
            yield (
                made.updated("label", name, document.origin(("runs", label))),
                differences | point,
            )


def _require_effect(given: Mapping[tuple[str, ...], Sequence[object]], document: Document) -> None:
    """Check that no section replaces settings inside it that were given before.

    Parameters
    ----------
    given : path in the list, ending with a dotted key → its values, in the order of their application.
    """
    paths = list(given)
    for position, path in enumerate(paths):
        inside = [p for p in paths[:position] if p[-1].startswith(f"{path[-1]}.")]
        if inside and not all(map(_is_merged, given[path])):
            raise ConfigError(
                f"{document.origin(path)}: {dotted(path)} replaces the whole section, and with it "
                f"{dotted(inside[0])}, which would have no effect: write the section first, or "
                "the single settings of it"
            )


def _is_merged(value: object) -> bool:
    """Whether a value of the list changes single settings of a section."""
    return isinstance(value, Mapping) and bool(value) and "kind" not in value


def _updated(
    base: Document,
    document: Document,
    section: tuple[str, ...],
    values: Mapping[str, object],
    prefix: str = "",
) -> Document:
    """`base` with the `values` of a section of the list; origins are the lines of the list.

    A map changes single settings of a section, and replaces it where it has a `kind`.
    """
    for name, value in values.items():
        path, key = (*section, name), prefix + name
        if isinstance(value, Mapping) and _is_merged(value):
            base = _updated(base, document, path, value, f"{key}.")
        else:
            base = base.updated(key, value, document.origin(path))
    return base


def _label(parts: list[str], values: Mapping[str, object]) -> str:
    """The label of a grid point: the last word of each key, and its value."""
    for key, value in values.items():
        *_, section, name = ["", *key.split(".")]
        parts.append(f"{section if name == 'kind' else name}-{_text(value)}")
    return _OTHER_LETTERS.sub("-", "-".join(parts)).strip("-")


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return "-".join(
            _text(item) if key == "kind" else f"{key}-{_text(item)}" for key, item in value.items()
        )
    if isinstance(value, str):
        return value
    return re.sub(r"[\[\]\" ]", "", inline(value))


def _finished(folder: Path, name: str, document: Document) -> RunFolder:
    run = RunFolder(folder)
    if not (run.config.is_file() and run.report.is_file()):
        raise RunError(
            f"{document.origin(('finished', name))}: {dotted(('finished', name))}: {folder} is not the "
            "folder of a finished run (runs/<experiment>/<label>, with report.json): correct it, or list "
            "its settings under `runs`"
        )
    return run
