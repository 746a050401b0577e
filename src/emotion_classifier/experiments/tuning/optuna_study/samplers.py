"""Samplers and pruners of Optuna, and the values that they draw."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from emotion_classifier.config.document import inline
from emotion_classifier.experiments.tuning.config import (
    CategoricalConfig,
    DimensionConfig,
    IntegerConfig,
    LogUniformConfig,
    RealSettings,
    TuningConfig,
)

_STARTUP_TRIALS = 5
"""Complete trials before the median of them ends another."""


def make_sampler(config: TuningConfig) -> optuna.samplers.BaseSampler:
    """The sampler in the settings."""
    if config.sampler == "grid":
        return optuna.samplers.GridSampler(_grid(config.search_space), seed=config.seed)
    if config.sampler == "random":
        return _ReseededSampler(optuna.samplers.RandomSampler, config.seed)
    return _ReseededSampler(lambda seed: optuna.samplers.TPESampler(seed=seed), config.seed)


def make_pruner(config: TuningConfig, epochs: int) -> optuna.pruners.BasePruner:
    """The pruner in the settings, for trials of at most so many `epochs`.

    The median prunes from a fifth of them on; successive halving at a ninth, a third and all of them.
    """
    if config.pruner == "median":
        return optuna.pruners.MedianPruner(_STARTUP_TRIALS, n_warmup_steps=epochs // 5)
    if config.pruner == "successive_halving":
        return optuna.pruners.SuccessiveHalvingPruner(
            min_resource=max(1, epochs // 9), reduction_factor=3
        )
    return optuna.pruners.NopPruner()


def suggest(trial: optuna.Trial, key: str, dimension: DimensionConfig) -> object:
    """The value of a dimension in a trial; choices are JSON in the storage, which takes no lists."""
    if isinstance(dimension, CategoricalConfig):
        return decoded(trial.suggest_categorical(key, [*map(inline, dimension.choices)]))
    if isinstance(dimension, IntegerConfig):
        return trial.suggest_int(key, dimension.low, dimension.high, step=dimension.step)
    logarithmic = isinstance(dimension, LogUniformConfig)
    return trial.suggest_float(key, dimension.low, dimension.high, log=logarithmic)


def decoded(value: object) -> object:
    """The value of a dimension, as it is in the storage."""
    return json.loads(value) if isinstance(value, str) else value


def _grid(dimensions: Mapping[str, DimensionConfig]) -> dict[str, list[Any]]:
    return {
        key: [*dimension.values]
        if isinstance(dimension, IntegerConfig)
        else [*map(inline, dimension.values)]
        for key, dimension in dimensions.items()
        if not isinstance(dimension, RealSettings)
    }


class _ReseededSampler(optuna.samplers.BaseSampler):
    """A sampler that draws by seed and number of the trial.

    So processes that share a study draw different values, and a study that is continued draws those
    of an uninterrupted one.
    """

    def __init__(self, make: Callable[[int], optuna.samplers.BaseSampler], seed: int) -> None:
        self._make = make
        self._seed = seed
        self._sampler = make(seed)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Begin the random numbers of the trial."""
        seeds = np.random.SeedSequence([self._seed, trial.number])
        self._sampler = self._make(int(seeds.generate_state(1)[0]))
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """The dimensions that `sample_relative` draws together."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Values of dimensions that are drawn together."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """The value of one dimension."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Pass on the end of the trial."""
        self._sampler.after_trial(study, trial, state, values)
