"""A chain of augmentations for each emotion, chosen in inner folds and tested on other speakers.

For each fold of the study, the speakers that it does not test are divided into inner folds. Each
candidate is trained and scored there; an emotion takes the chain with which its own score is highest.
The policy is then trained like any other run of the fold and tested on its test speakers, of whom
nothing was used before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion_classifier.audio.augmentation.chain import PolicyConfig
from emotion_classifier.config import read_yaml
from emotion_classifier.corpora.splits import FileConfig, Split
from emotion_classifier.corpora.splits.k_fold import split_k_fold
from emotion_classifier.errors import ConfigError, EvaluationError
from emotion_classifier.evaluation import metrics
from emotion_classifier.evaluation.metrics import Counts, Scores
from emotion_classifier.experiments.data.load import RunData, split_corpora
from emotion_classifier.experiments.recipes import settings_file
from emotion_classifier.experiments.studies.cells import (
    Cell,
    cell_config,
    fold_configs,
    labelled,
)
from emotion_classifier.experiments.studies.config import EmotionPolicyConfig, StudyConfig
from emotion_classifier.experiments.studies.results import read_results
from emotion_classifier.experiments.train.config import RunConfig

POLICY = "policy"
"""Name of the cell of the policy."""
_MEASURES = {"recall": metrics.recall, "f1": metrics.f1}


@dataclass(frozen=True)
class InnerFolds:
    """The inner runs of one fold.

    Parameters
    ----------
    outer : level → settings of the fold with that candidate.
    cells : the candidates, each with its inner folds.
    """

    outer: Mapping[str, RunConfig]
    cells: tuple[Cell, ...]


def plan_inner_folds(
    study: StudyConfig, policy: EmotionPolicyConfig, data: RunData, folder: Path
) -> tuple[InnerFolds, ...]:
    """The inner runs of each fold; their splits are written into `folder`.

    Raises
    ------
    ConfigError
        A cell has the name of that of the policy, or the candidates differ in more than chains.
    SplitError
        A fold leaves too few speakers for the inner folds.
    """
    _require_own_name(study, policy)
    base = read_yaml(settings_file(study.base)).data
    candidates = {
        level: fold_configs(study, cell_config(study, base, _levels(policy, level), _seed(study)))
        for level in study.factors[policy.factor]
    }
    _require_equal_options(
        study, policy, {level: configs[0] for level, configs in candidates.items()}
    )
    first = next(iter(candidates.values()))
    planned = []
    for index, config in enumerate(first):
        splits = _inner_splits(config, policy.inner_folds, data)
        paths = []
        for number, split in enumerate(splits, 1):
            name = f"{config.label}-inner{number}of{policy.inner_folds}.csv"
            paths.append(folder / name)
            if not paths[-1].is_file():
                split.save(paths[-1], data.utterances)
        outer = {level: configs[index] for level, configs in candidates.items()}
        planned.append(InnerFolds(outer, _inner_cells(outer, paths)))
    return tuple(planned)


def _require_own_name(study: StudyConfig, policy: EmotionPolicyConfig) -> None:
    if len(study.factors) == 1 and POLICY in study.factors[policy.factor]:
        raise ConfigError(
            f"{study.name}: factors.{policy.factor}.{POLICY} has the name of the cell of the policy: rename "
            "the level"
        )


def _require_equal_options(
    study: StudyConfig, policy: EmotionPolicyConfig, candidates: Mapping[str, RunConfig]
) -> None:
    """Check that one policy can have the chains of all candidates: their other options are equal."""
    chosen = {level: config.augmentation for level, config in candidates.items()}
    for option, values in (
        ("copy_paste", {level: one and one.copy_paste for level, one in chosen.items()}),
        ("views", {level: one.views for level, one in chosen.items() if one is not None}),
    ):
        (first, value), *others = values.items() or [("", None)]
        if differing := [level for level, other in others if other != value]:
            raise ConfigError(
                f"{study.name}: factors.{policy.factor}: {first} and {differing[0]} differ in "
                f"augmentation.{option}, which holds for all emotions, and a policy chooses the chain of "
                "each: give it the same value in all levels"
            )


def choose_policies(
    planned: Sequence[InnerFolds], policy: EmotionPolicyConfig, root: Path
) -> tuple[dict[str, str], ...]:
    """For each fold: emotion → the candidate of its highest score in the inner folds.

    Raises
    ------
    EvaluationError
        An inner run is missing.
    """
    return tuple(_choose(inner, policy, root) for inner in planned)


def policy_cell(
    planned: Sequence[InnerFolds], chosen: Sequence[Mapping[str, str]], seed: int
) -> Cell:
    """The cell that trains the policy of each fold."""
    configs = tuple(
        _with_policy(inner.outer, levels) for inner, levels in zip(planned, chosen, strict=True)
    )
    return Cell(POLICY, {}, {seed: labelled(configs)})


def best_levels(
    counts: Mapping[str, Counts], emotions: Sequence[str], measure: str
) -> dict[str, str]:
    """Emotion → level with its highest `measure`; of equal ones, or unknown ones, the first.

    Parameters
    ----------
    counts : level → counts ``(speaker, true emotion, predicted emotion)``.
    """
    levels = list(counts)
    values: Scores = np.stack([_MEASURES[measure](one.sum(axis=0)) for one in counts.values()])
    best = np.nan_to_num(values, nan=-1.0).argmax(axis=0)
    return {emotion: levels[index] for emotion, index in zip(emotions, best, strict=True)}


def _levels(policy: EmotionPolicyConfig, level: str) -> dict[str, str]:
    return {**policy.at, policy.factor: level}


def _seed(study: StudyConfig) -> dict[str, object]:
    return {"seed": study.seeds[0]}


def _inner_splits(config: RunConfig, folds: int, data: RunData) -> list[Split]:
    """Splits of the speakers that the fold does not test; each of them is tested once."""
    complete = config.model_copy(update={"training_shares": {}})
    outer = split_corpora(data, complete)
    rest = sorted(
        (u for u in data.utterances if outer.parts.get(u.id) in ("train", "validation")),
        key=lambda u: u.id,
    )
    share = getattr(config.split, "validation_fraction", 0.2)
    splits = []
    for number in range(1, folds + 1):
        generator = np.random.default_rng(config.seed)
        split = split_k_fold(rest, folds, number, share, generator)
        tested = {
            clip: "tested by the outer fold" for clip, p in outer.parts.items() if p == "test"
        }
        splits.append(Split(split.parts, {**outer.left_out, **tested}))
    return splits


def _inner_cells(outer: Mapping[str, RunConfig], splits: Sequence[Path]) -> tuple[Cell, ...]:
    cells = []
    for level, config in outer.items():
        configs = labelled(
            config.model_copy(update={"split": FileConfig(path=path)}) for path in splits
        )
        cells.append(Cell(level, {}, {config.seed: configs}))
    return tuple(cells)


def _choose(inner: InnerFolds, policy: EmotionPolicyConfig, root: Path) -> dict[str, str]:
    results = read_results(inner.cells, root, {})
    if results.missing:
        raise EvaluationError("; ".join(results.missing.values()))
    return best_levels(results.counts, results.emotions, policy.measure)


def _with_policy(outer: Mapping[str, RunConfig], chosen: Mapping[str, str]) -> RunConfig:
    """The settings of the fold with the chosen chain of each emotion."""
    used = set(chosen.values())
    if len(used) == 1:
        return outer[used.pop()]
    config = next(iter(outer.values()))
    chains = {
        emotion: _chain(outer[level].augmentation, emotion) for emotion, level in chosen.items()
    }
    given = [one.augmentation for one in outer.values() if one.augmentation is not None]
    # `copy_paste` and `views` are the same in all candidates.
    settings = given[0].model_copy(update={"chain": (), "per_emotion": chains})
    return config.model_copy(update={"augmentation": settings})


def _chain(augmentation: PolicyConfig | None, emotion: str) -> tuple[object, ...]:
    if augmentation is None:
        return ()
    return augmentation.per_emotion.get(emotion, augmentation.chain)
