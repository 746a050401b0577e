"""The runs of a cross-validation that was repeated with several seeds, from its folder ``LABEL-seeds``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.evaluation.report.seeds_page import read_seed_scores
from emotion_classifier.evaluation.seed_scores import SeedScores
from emotion_classifier.runs.run_folder import RunFolder


@dataclass(frozen=True, eq=False)
class SeedRuns:
    """The folder of the common report, and its scores."""

    path: Path
    scores: SeedScores

    @property
    def cross_validations(self) -> tuple[Path, ...]:
        """The folder of each seed, ``LABEL-folds``."""
        return tuple(self._beside(name) for name in self.scores.facts.values())

    @property
    def folds(self) -> dict[int, dict[str, RunFolder]]:
        """Seed → fold → run."""
        return {
            int(seed.removeprefix("seed ")): {
                fold: RunFolder(self._beside(names[index]))
                for fold, names in self.scores.folds.runs.items()
            }
            for index, seed in enumerate(self.scores.facts)
        }

    @property
    def runs(self) -> tuple[RunFolder, ...]:
        """The runs of all folds and seeds."""
        return tuple(run for folds in self.folds.values() for run in folds.values())

    def _beside(self, name: str) -> Path:
        return self.path.absolute().parent / Path(name).name


def read_seed_runs(path: Path) -> SeedRuns | None:
    """The runs of the common report in a folder; None where the folder has none of several seeds.

    Raises
    ------
    EvaluationError
        The file of its scores is damaged.
    """
    scores = read_seed_scores(path)
    return None if scores is None else SeedRuns(path, scores)
