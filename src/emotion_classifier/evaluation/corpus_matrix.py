"""Scores of models that were each trained on all corpora but one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, TypeAdapter

from emotion_classifier.evaluation.corpus_scores import CorpusScore


@dataclass(frozen=True, eq=False)
class LeftOutCorpus:
    """A corpus, and the model that was trained on others: a row of the matrix.

    Parameters
    ----------
    name : of the corpus.
    trained_on : names of the corpora in the training part.
    not_scored : emotion that no other corpus has → clips of it in this corpus.
    scores : of this corpus, and of the test speakers of the others, by name.
    """

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)

    name: str
    trained_on: tuple[str, ...]
    not_scored: Mapping[str, int]
    scores: tuple[CorpusScore, ...]

    @property
    def own_score(self) -> CorpusScore:
        """The score of the corpus that was left out."""
        return next(score for score in self.scores if score.name == self.name)

    def value(self, corpus: str, measure: str) -> float:
        """A measure of `MEASURES` on a corpus; NaN where it was not tested or is not defined."""
        values = (one.measures[measure].value for one in self.scores if one.name == corpus)
        return next(values, math.nan)


@dataclass(frozen=True, eq=False, kw_only=True)
class CorpusMatrix:
    """Left-out corpora by tested corpora; the fields are the keys of ``corpus_matrix.json``.

    Parameters
    ----------
    format : version of ``corpus_matrix.json``, raised when a key changes its meaning.
    warnings : reasons to doubt the numbers.
    facts, origin : name → value: of the runs, and of what made this.
    rows : each corpus that was left out.
    """

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)

    format: Literal[1] = 1
    title: str
    warnings: tuple[str, ...]
    facts: Mapping[str, str]
    origin: Mapping[str, str]
    rows: tuple[LeftOutCorpus, ...]

    @property
    def tested(self) -> tuple[str, ...]:
        """Names of the tested corpora: those of the rows, in their order, then further ones."""
        names = [row.name for row in self.rows]
        return tuple(dict.fromkeys([*names, *(s.name for row in self.rows for s in row.scores)]))

    @property
    def own_scores(self) -> tuple[CorpusScore, ...]:
        """The score of each left-out corpus by the model that was not trained on it."""
        return tuple(row.own_score for row in self.rows)

    def values(self, measure: str) -> npt.NDArray[np.float64]:
        """A measure of `MEASURES`, (left-out corpus, tested corpus); NaN where it is not known."""
        return np.array([[row.value(name, measure) for name in self.tested] for row in self.rows])


def not_scored_warnings(rows: Sequence[LeftOutCorpus]) -> tuple[str, ...]:
    """A sentence for each left-out corpus with emotions that no other corpus has."""
    return tuple(
        f"{sum(row.not_scored.values()):,} clips of {row.name} are not scored, since no other corpus "
        f"has their emotion: {', '.join(f'{name} ({n:,})' for name, n in row.not_scored.items())}."
        for row in rows
        if row.not_scored
    )


_ADAPTER = TypeAdapter(CorpusMatrix)


def to_json(matrix: CorpusMatrix) -> str:
    """The matrix as JSON: unrounded numbers, null where a number is not defined."""
    content = _ADAPTER.dump_python(matrix, mode="json")
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
