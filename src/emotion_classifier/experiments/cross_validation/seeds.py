"""Cross-validation with several seeds: the same folds, trained once for each seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.config import load_config
from emotion_classifier.errors import ConfigError, storage_errors
from emotion_classifier.evaluation.report.seeds_page import seed_tables, write_seed_scores
from emotion_classifier.evaluation.seed_scores import SeedScores, seed_scores
from emotion_classifier.experiments.cross_validation.cross_validation import (
    CrossValidation,
    require_folds,
    train_folds,
)
from emotion_classifier.experiments.cross_validation.folds import run_name
from emotion_classifier.experiments.cross_validation.report_folder import (
    report_folder,
    write_report_settings,
)
from emotion_classifier.experiments.data.load import load_corpora
from emotion_classifier.experiments.evaluate.report_facts import report_origin
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.rendering.tables import to_text
from emotion_classifier.runs.seed_runs import read_seed_runs
from emotion_classifier.training.distributed.launch import require_single_command

_HIGHEST_SEED = 2**32 - 1


@dataclass(frozen=True, eq=False)
class SeedCrossValidation:
    """The cross-validation of each seed, and their scores together.

    `folder` is that of the common report, ``root/experiment/label-seeds``; see `report_folder`.
    """

    folder: Path
    by_seed: tuple[CrossValidation, ...]
    scores: SeedScores


def cross_validate_seeds(
    config: RunConfig | Path,
    seeds: int,
    *,
    folds: Sequence[int | str] | None = None,
    root: Path = Path("runs"),
    processes: int = 1,
    progress: Report = ignore,
) -> SeedCrossValidation:
    """Cross-validate with several seeds on the same folds; see `cross_validate`.

    The first seed is that of the settings, and its runs are those of `cross_validate`; the others are
    the numbers after it, and their runs are ``root/experiment/label-seedN-fold1`` and so on. All
    have the folds of the first one. Finished runs are kept, interrupted ones continued.

    Parameters
    ----------
    seeds : number of seeds, at least 2.

    Raises
    ------
    ConfigError
        Fewer than 2 seeds, or one that is too large.
    EmotionClassifierError
        As `cross_validate`.
    """
    if isinstance(config, Path):
        config = load_config(RunConfig, config)
    require_single_command()
    chosen = None if folds is None else list(map(str, folds))
    require_folds(config, chosen)
    settings = seed_configs(config, seeds)
    data = load_corpora(config, config.input.build(), progress)
    by_seed = tuple(train_folds(one, chosen, data, root, processes, progress) for one in settings)
    scores = _scores(config, by_seed)
    for table in seed_tables(scores):
        progress(Progress(to_text(table)))
    runs = (run for one in by_seed for run in one.runs)
    folder = report_folder(config, "seeds", runs, _reported, root)
    with storage_errors(folder, "Choose another folder with --runs."):
        folder.mkdir(parents=True, exist_ok=True)
    write_seed_scores(scores, folder)
    write_report_settings(config, folder)
    return SeedCrossValidation(folder, by_seed, scores)


def _reported(folder: Path) -> Iterable[str]:
    """The runs of the common report in a folder."""
    earlier = read_seed_runs(folder)
    return () if earlier is None else (run.path.name for run in earlier.runs)


def seed_configs(config: RunConfig, seeds: int) -> tuple[RunConfig, ...]:
    """The settings of each seed; the first are `config`, and all have its split.

    Raises
    ------
    ConfigError
        Fewer than 2 seeds, or one that is too large.
    """
    if seeds < 2:
        raise ConfigError(f"--seeds {seeds}: the deviation over seeds needs at least 2")
    last = config.seed + seeds - 1
    if last > _HIGHEST_SEED:
        raise ConfigError(f"seed {last} is above {_HIGHEST_SEED}: set a lower seed")
    split_seed = config.seed if config.split_seed is None else config.split_seed
    others = (
        config.model_copy(
            update={
                "seed": seed,
                "split_seed": split_seed,
                "label": run_name(f"{config.label}-seed{seed}"),
            }
        )
        for seed in range(config.seed + 1, last + 1)
    )
    return (config, *others)


def _scores(config: RunConfig, by_seed: Sequence[CrossValidation]) -> SeedScores:
    names = [[fold.name for fold in one.folds] for one in by_seed]
    runs = [[run.path.name for run in one.runs] for one in by_seed]
    warnings = (warning for one in by_seed for warning in one.evaluation.report.warnings)
    return seed_scores(
        {one.seed: one.predictions for one in by_seed},
        {
            one.seed: dict(zip(*pair, strict=True))
            for one, *pair in zip(by_seed, names, runs, strict=True)
        },
        title=f"{config.experiment} / {config.label}, {len(names[0])} folds, {len(by_seed)} seeds",
        warnings=tuple(dict.fromkeys(warnings)),
        facts={f"seed {one.seed}": one.folder.name for one in by_seed},
        origin=report_origin(config),
    )
