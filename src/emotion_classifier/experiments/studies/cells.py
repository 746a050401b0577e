"""The cells of a study and their runs: combinations of levels, in each fold with each seed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from emotion_classifier.config import parse_config, read_yaml
from emotion_classifier.config.document import Document
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.cross_validation.folds import numbered_folds
from emotion_classifier.experiments.recipes import settings_file
from emotion_classifier.experiments.studies.config import Levels, StudyConfig
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.runs.run_folder import equal_names


@dataclass(frozen=True)
class Cell:
    """One combination of levels, and its runs: each fold with each seed.

    Parameters
    ----------
    name : the levels, joined by hyphens.
    levels : factor → level.
    runs : seed → the settings of its folds.
    """

    name: str
    levels: Levels
    runs: Mapping[int, tuple[RunConfig, ...]]

    @property
    def configs(self) -> tuple[RunConfig, ...]:
        """The settings of all runs."""
        return tuple(config for configs in self.runs.values() for config in configs)


def plan_cells(study: StudyConfig) -> tuple[Cell, ...]:
    """The cells of a study, the last factor varying fastest.

    Raises
    ------
    ConfigError
        The base or a setting is wrong, the split has no such folds, or two cells have the same
        settings or name.
    """
    _require_no_seed(study)
    base = read_yaml(settings_file(study.base)).data
    cells = tuple(_cell(study, base, levels) for levels in study.combinations())
    seen: dict[str, str] = {}
    names = [cell.name for cell in cells]
    if equal := equal_names(names):
        raise ConfigError(
            f"{study.name}: {names.count(equal[0])} cells are called {equal[0]}: change the names of levels"
        )
    for cell in cells:
        label = cell.configs[0].label
        if label in seen:
            raise ConfigError(
                f"{study.name}: the cells {seen[label]} and {cell.name} have the same settings: change "
                "the settings of a level"
            )
        seen[label] = cell.name
    return cells


def _require_no_seed(study: StudyConfig) -> None:
    """Check that no setting is a seed, which those of the study would replace."""
    levels = {
        f"factors.{factor}.{level}": settings
        for factor, named in study.factors.items()
        for level, settings in named.items()
    }
    for where, settings in {"settings": study.settings, **levels}.items():
        if "seed" in settings:
            raise ConfigError(
                f"{study.name}: {where}.seed: {settings['seed']} would have no effect, as every cell is "
                f"trained with the seeds of the study: write seeds: [{settings['seed']}] in its file"
            )


def cell_config(
    study: StudyConfig, base: Mapping[str, object], levels: Levels, extra: Mapping[str, object]
) -> RunConfig:
    """The settings of a combination of levels, without fold and label."""
    document = Document(dict(base), {(): study.base})
    for key, value in study.settings.items():
        document = document.updated(key, value, f"{study.name}: settings.{key}")
    for factor, level in levels.items():
        for key, value in study.factors[factor][level].items():
            origin = f"{study.name}: factors.{factor}.{level}.{key}"
            document = document.updated(key, value, origin)
    for key, value in extra.items():
        document = document.updated(key, value, study.name)
    name = f"{study.name}: {'-'.join(levels.values())}"
    return parse_config(RunConfig, document.data, name)


def fold_configs(study: StudyConfig, config: RunConfig) -> tuple[RunConfig, ...]:
    """The settings of each fold, labelled by their content."""
    chosen = None if study.folds is None else list(map(str, study.folds))
    return labelled(fold.config for fold in numbered_folds(config, chosen))


def labelled(configs: Iterable[RunConfig]) -> tuple[RunConfig, ...]:
    """The settings, each with a label that depends on nothing but them.

    Studies with equal settings therefore share the run. Options at their default do not count, so that
    an option of a later version leaves the labels as they are.
    """
    return tuple(
        config.model_copy(update={"label": f"{kinds(config)}-{_digest(config)}"})
        for config in configs
    )


def kinds(config: RunConfig) -> str:
    """Network and front-end, with which a label begins."""
    return f"{config.model.network.kind}-{config.model.frontend.kind}"


def _cell(study: StudyConfig, base: Mapping[str, object], levels: Levels) -> Cell:
    first, *others = study.seeds
    config = cell_config(study, base, levels, {"seed": first})
    # All seeds have the split of the first, so that they predict the same clips.
    split_seed = first if config.split_seed is None else config.split_seed
    configs = {first: config} | {
        seed: cell_config(study, base, levels, {"seed": seed, "split_seed": split_seed})
        for seed in others
    }
    runs = {seed: fold_configs(study, config) for seed, config in configs.items()}
    return Cell("-".join(levels.values()), levels, runs)


def _digest(config: RunConfig) -> str:
    settings = _changed(config.model_copy(update={"experiment": "", "label": ""}))
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _changed(value: object) -> object:
    """Options that are not at their default, and every `kind`, as plain data."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {
            name: _changed(option)
            for name, option in value
            if name == "kind" or option != fields[name].get_default(call_default_factory=True)
        }
    if isinstance(value, Mapping):
        return {str(key): _changed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_changed(item) for item in value]
    return value
