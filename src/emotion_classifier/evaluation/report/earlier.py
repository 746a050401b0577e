"""The parts of a written ``report.json`` that a new report of the same predictions takes over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from emotion_classifier.emotions import Target
from emotion_classifier.evaluation.baselines import Baseline
from emotion_classifier.evaluation.fold_scores import FoldScores
from emotion_classifier.evaluation.rejection import Rejection
from emotion_classifier.evaluation.report.provenance import Provenance
from emotion_classifier.evaluation.report.written import read_written


class EarlierCorpus(BaseModel):
    """The baselines of a corpus."""

    model_config = ConfigDict(frozen=True)

    name: str
    baselines: tuple[Baseline, ...] = ()


class EarlierReport(BaseModel):
    """A written report without the scores that its predictions determine; fields as in `Report`."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1]
    title: str
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, Any] = {}
    origin: Mapping[str, str] = {}
    target: Target | None = None
    baselines: tuple[Baseline, ...] = ()
    corpora: tuple[EarlierCorpus, ...] = ()
    rejection: Rejection
    history: tuple[Mapping[str, Any], ...] = ()
    kept_epoch: int | None = None
    provenance: Provenance = Provenance()
    folds: FoldScores | None = None

    @property
    def baselines_by_corpus(self) -> dict[str, tuple[Baseline, ...]]:
        """Name of a corpus → its baselines."""
        return {corpus.name: corpus.baselines for corpus in self.corpora}


def read_earlier(file: Path) -> EarlierReport | None:
    """The report in `file`; see `read_written`."""
    remedy = (
        "bring it back, or remove it for a report without the baselines that are fitted on the "
        "training part"
    )
    return read_written(file, EarlierReport, "a report", remedy)
