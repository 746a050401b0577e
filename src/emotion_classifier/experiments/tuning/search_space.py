"""The search space of a study: the settings of a run at each of its points."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Self

from emotion_classifier.config.document import Document, did_you_mean
from emotion_classifier.config.loading import read_settings, validated
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.recipes import settings_file
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.tuning.config import DimensionConfig, TuningConfig

VARIED = ("input", "augmentation", "model", "pretrained_weights", "distillation", "training")
"""Sections of a run that trials may vary: the others decide which clips are trained and scored."""
_MOST_POINTS = 500
"""Combinations that are all validated; of larger spaces each value is, beside the first of the others."""


@dataclass(frozen=True)
class SearchSpace:
    """Settings of a base, and the dimensions in which trials differ from it.

    Parameters
    ----------
    base : settings of a run, with the origin of each.
    dimensions : dotted key → its values.
    origins : the same keys → file and line.
    metric : the validation score of the trials.
    """

    base: Document
    dimensions: Mapping[str, DimensionConfig]
    origins: Mapping[str, str]
    metric: str

    @classmethod
    def read(cls, config: TuningConfig, document: Document) -> Self:
        """The search space in settings of tuning, every point of which makes a run.

        Parameters
        ----------
        document : that `config` was validated from, for the lines in messages.

        Raises
        ------
        ConfigError
            A key that is no setting of a run, or may not vary, or a value that the setting cannot have.
        """
        base = read_settings(RunConfig, settings_file(config.base))
        for key, value in config.settings.items():
            base = base.updated(key, value, document.origin(("settings", key)))
        base = base.updated("experiment", config.study, document.origin(("study",)))
        base = base.updated("label", "best", document.origin(("study",)))
        origins = {key: document.origin(("search_space", key)) for key in config.search_space}
        space = cls(base, config.search_space, origins, config.metric)
        space._check_keys()
        validated(RunConfig, base)
        for values in space._checked_points():
            space.at(values)
        return space

    def at(self, values: Mapping[str, object]) -> RunConfig:
        """The settings of the run at a point: dotted key → value.

        Raises
        ------
        ConfigError
            A value that its setting cannot have.
        """
        document = self.base
        for key, value in values.items():
            document = document.updated(key, value, self.origins[key])
        config = validated(RunConfig, document)
        if self.metric != "uar":
            _require_weights_of_an_epoch(config, self.metric)
        return config

    @property
    def first_point(self) -> dict[str, object]:
        """The first of the checked values of each dimension."""
        return {key: dimension.checked[0] for key, dimension in self.dimensions.items()}

    @property
    def most_epochs(self) -> int:
        """Epochs of the longest trial."""
        # At most one of them is searched, as no dimension is inside another.
        for key in ("training.epochs", "training"):
            if key in self.dimensions:
                values = self.dimensions[key].checked
                points = ({**self.first_point, key: value} for value in values)
                return max(self.at(point).training.epochs for point in points)
        return validated(RunConfig, self.base).training.epochs

    def _check_keys(self) -> None:
        for key, origin in self.origins.items():
            section = key.partition(".")[0]
            if section not in VARIED:
                reason = "is no section of the settings of a run"
                if section in RunConfig.model_fields:
                    reason = "is the same in all trials, so that their scores can be compared"
                raise ConfigError(
                    f"{origin}: {key}: {section} {reason}{did_you_mean(section, VARIED) or '.'} The search "
                    f"space may have keys below {', '.join(VARIED)}"
                )
            if outer := [other for other in self.dimensions if key.startswith(f"{other}.")]:
                raise ConfigError(
                    f"{origin}: {key} is inside {outer[0]}, which varies too: vary one of them"
                )

    def _checked_points(self) -> Iterator[dict[str, object]]:
        checked = {key: dimension.checked for key, dimension in self.dimensions.items()}
        if math.prod(map(len, checked.values())) <= _MOST_POINTS:
            for point in product(*checked.values()):
                yield dict(zip(checked, point, strict=True))
            return
        for key, values in checked.items():
            for value in values:
                yield {**self.first_point, key: value}


def _require_weights_of_an_epoch(config: RunConfig, metric: str) -> None:
    """Raise `ConfigError` where the weights are a mean: beside their UAR no metric is known of them."""
    for is_mean, weights, remedy in (
        (config.training.keep == "average", "averaged weights", "training.keep: best"),
        (
            config.kept_share > 0,
            "weights mixed with earlier ones",
            "pretrained_weights.kept_share: 0",
        ),
    ):
        if is_mean:
            raise ConfigError(
                f"metric: {metric} is not known of {weights}, which are validated by UAR: set "
                f"metric: uar, or {remedy}"
            )
