"""A comparison of runs in one value: written as ``comparison.json``, drawn by `comparison_page`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter

from emotion_classifier.evaluation.comparison import Difference
from emotion_classifier.evaluation.scores import Score


@dataclass(frozen=True)
class Efficiency:
    """The costs of a run; None where not known.

    Parameters
    ----------
    parameters, trained_parameters : of the model, of each fold.
    model_megabytes : of the files that prediction needs, of each fold.
    training_seconds : of all epochs, of all folds together.
    prediction_share : seconds of prediction per second of audio, decoding included.
    """

    parameters: int | None = None
    trained_parameters: int | None = None
    model_megabytes: float | None = None
    training_seconds: float | None = None
    prediction_share: float | None = None


@dataclass(frozen=True, kw_only=True)
class ComparisonReport:
    """Runs on the same clips; the fields are the keys of ``comparison.json``.

    Parameters
    ----------
    format : version of ``comparison.json``, raised when a key changes its meaning.
    warnings : reasons to doubt the numbers.
    origin : name → value of what made this: date, command, versions.
    runs : name of a run → its folder.
    labels : the emotions.
    seeds : of each run; of several, scores and differences are those of the mean over the seeds.
    left_out : name of a run → number of its clips that another run lacks, which are not scored.
    smallest_p_value : the smallest that the permutation test can reach with these speakers.
    scores, differences : of the runs and of each pair.
    efficiency : name of a run → its costs.
    """

    format: Literal[1] = 1
    title: str
    warnings: tuple[str, ...]
    origin: Mapping[str, str] = field(default_factory=dict)
    runs: Mapping[str, str]
    labels: tuple[str, ...]
    seeds: int = 1
    left_out: Mapping[str, int]
    smallest_p_value: float
    scores: tuple[Score, ...]
    differences: tuple[Difference, ...]
    efficiency: Mapping[str, Efficiency]

    @property
    def candidate(self) -> Difference:
        """The last run beside the first."""
        first, last = self.scores[0].name, self.scores[-1].name
        return next(one for one in self.differences if (one.first, one.second) == (first, last))


_ADAPTER = TypeAdapter(ComparisonReport)


def to_content(report: ComparisonReport) -> dict[str, Any]:
    """The report as values of JSON: unrounded numbers, None where a number is not defined."""
    content: dict[str, Any] = _ADAPTER.dump_python(report, mode="json")
    return content


def to_json(report: ComparisonReport) -> str:
    """The report as JSON."""
    return json.dumps(to_content(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of ``comparison.json``."""
    return _ADAPTER.json_schema(mode="serialization")
