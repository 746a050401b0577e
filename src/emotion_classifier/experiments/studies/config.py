"""Settings of a study: a question, the settings that vary, and the comparisons that answer it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from emotion_classifier.config import StrictConfig
from emotion_classifier.runs.run_folder import RunName

Measure: TypeAlias = Literal["uar", "accuracy", "macro_f1", "recall", "precision", "f1"]
"""A score of all clips, or of each emotion (recall, precision, F1)."""
Levels: TypeAlias = Mapping[str, str]
"""Factor → level: identifies a cell."""
PER_EMOTION = ("recall", "precision", "f1")


class ComparisonConfig(StrictConfig):
    """Differences between the levels of a factor."""

    factor: str
    """Factor whose levels are compared."""
    reference: str | None = None
    """Level that each other level is compared with; null compares all pairs."""
    within: Annotated[tuple[str, ...], Field(max_length=2)] = ()
    """Factors at whose levels the comparison is made separately; over others it is a mean."""
    groups: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] = {}
    """Name → levels of the factor that are compared as a group, by the mean of their scores; the
    reference is then one of the names."""
    interaction: str | None = None
    """Another factor: how far its levels change the difference, instead of the difference itself."""
    measure: Measure = "uar"
    """Score that is compared."""
    emotions: tuple[str, ...] | None = None
    """Emotions of a measure per emotion; null takes all."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        used = (self.factor, *self.within, *((self.interaction,) if self.interaction else ()))
        if len(set(used)) < len(used):
            raise ValueError(
                f"{', '.join(used)}: factor, within and interaction must be different factors"
            )
        if self.emotions is not None and self.measure not in PER_EMOTION:
            raise ValueError(
                f"emotions belong to a measure per emotion ({', '.join(PER_EMOTION)}), and the measure "
                f"is {self.measure}: leave emotions out, or choose one of these"
            )
        return self


class ConfusionsConfig(StrictConfig):
    """Which pairs of emotions are confused more often than an average pair, and what separates them."""

    pairs: Annotated[int, Field(ge=1, le=100)] = 5
    """Pairs, the most confused first, whose acoustic measures are compared."""
    acoustics: bool = True
    """Whether acoustic measures of the clips are compared."""


class EmotionPolicyConfig(StrictConfig):
    """A chain of augmentations for each emotion, chosen in inner folds."""

    factor: str
    """Factor whose levels differ in `augmentation` alone: they are the candidates of each emotion."""
    at: dict[str, str] = {}
    """Level of each other factor at which the policy is derived and tested."""
    measure: Literal["recall", "f1"] = "f1"
    """Score of an emotion in the inner folds that chooses its chain."""
    inner_folds: Annotated[int, Field(ge=2)] = 2
    """Folds, by speaker, of the speakers that are not tested."""


class StudyConfig(StrictConfig):
    """A factorial design: every combination of levels is trained in every fold with every seed."""

    question: str
    """Question that the study answers, as a sentence."""
    name: RunName
    """Folder of the results, ``runs/<experiment>/<name>-study``."""
    base: str
    """A settings file or the name of a recipe."""
    settings: dict[str, Any] = {}
    """Dotted key → value of settings that differ from the base in all cells."""
    factors: Annotated[
        dict[RunName, Annotated[dict[RunName, dict[str, Any]], Field(min_length=1)]],
        Field(min_length=1, max_length=4),
    ]
    """Factor → level → the settings (dotted key → value) that make up the level."""
    folds: Annotated[tuple[int, ...], Field(min_length=1)] | None = None
    """Folds of the split to train; null takes all."""
    seeds: Annotated[tuple[int, ...], Field(min_length=1)] = (0,)
    """Seeds of each cell; their confusions are added up."""
    comparisons: tuple[ComparisonConfig, ...] = ()
    """Differences to test."""
    correction: Literal["study", "comparison"] = "study"
    """Family of Holm's correction: all tests of the study, or those of each entry of `comparisons`."""
    confusions: ConfusionsConfig | None = None
    """Analysis of confused pairs; null for none."""
    policy: EmotionPolicyConfig | None = None
    """Augmentation by emotion, derived from the candidates and tested; null for none."""

    @model_validator(mode="after")
    def _seeds_differ(self) -> Self:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(
                f"seeds {', '.join(map(str, self.seeds))}: each seed trains a cell once; remove the "
                "second one, or take another"
            )
        return self

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for number, comparison in enumerate(self.comparisons):
            self._check_comparison(f"comparisons.{number}", comparison)
        if self.policy is not None:
            self._check_policy(self.policy)
        if not self.comparisons and self.confusions is None:
            raise ValueError("a study needs comparisons or confusions, or it answers nothing")
        return self

    def _check_comparison(self, where: str, comparison: ComparisonConfig) -> None:
        others = (comparison.interaction,) if comparison.interaction else ()
        for factor in (comparison.factor, *comparison.within, *others):
            _require(f"{where}: factor", factor, self.factors)
        levels = self.factors[comparison.factor]
        for group in comparison.groups.values():
            for level in group:
                _require(f"{where}.groups: level", level, levels)
        if comparison.reference is not None:
            _require(f"{where}.reference", comparison.reference, comparison.groups or levels)
        if len(comparison.groups or levels) < 2:
            raise ValueError(f"{where}: {comparison.factor} has one level; comparing needs two")
        if others and len(self.factors[others[0]]) < 2:
            raise ValueError(
                f"{where}: {others[0]} has one level; an interaction is between two or more of them"
            )

    def _check_policy(self, policy: EmotionPolicyConfig) -> None:
        _require("policy.factor", policy.factor, self.factors)
        others = {name: levels for name, levels in self.factors.items() if name != policy.factor}
        if set(policy.at) != set(others):
            raise ValueError(
                f"policy.at has {', '.join(policy.at) or 'nothing'}, and needs a level of each of the "
                f"other factors: {', '.join(others)}"
            )
        for name, level in policy.at.items():
            _require(f"policy.at.{name}", level, others[name])
        for name, settings in self.factors[policy.factor].items():
            if set(settings) - {"augmentation"}:
                raise ValueError(
                    f"factors.{policy.factor}.{name} sets {', '.join(settings)}: the levels of the "
                    "factor of a policy may set augmentation alone"
                )

    def combinations(self) -> Iterator[Levels]:
        """The levels of each cell, the last factor varying fastest."""
        for levels in product(*self.factors.values()):
            yield dict(zip(self.factors, levels, strict=True))


def _require(what: str, name: str, known: Mapping[str, object]) -> None:
    if name not in known:
        raise ValueError(f"{what} {name!r} does not exist: choose one of {', '.join(known)}")
