"""Facts behind the numbers of a report: data, files, procedure, size and speed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class CorpusFacts:
    """A corpus as the run used it: all parts together.

    Parameters
    ----------
    clips, speakers : numbers of the usable clips and of their speakers; None where unknown.
    sha256 : of the lines ``<clip id> <SHA-256 of its decoded samples>``, sorted by id; None where unknown.
    speech : how it was produced and recorded, for example ``acted``; None where unknown.
    sentences : number of different sentences; None where unknown.
    """

    name: str
    clips: int | None = None
    speakers: int | None = None
    sha256: str | None = None
    licence: str | None = None
    language: str | None = None
    speech: str | None = None
    sentences: int | None = None


@dataclass(frozen=True, kw_only=True)
class Efficiency:
    """Size and speed of the model.

    Parameters
    ----------
    parameters : number of weights.
    size_bytes : of the ONNX graph with its weights.
    seconds_per_second : time for a second of audio, from the file to the prediction, on the machine of
        the evaluation.
    """

    parameters: int | None = None
    size_bytes: int | None = None
    seconds_per_second: float | None = None


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Data, files and procedure of a report.

    Parameters
    ----------
    trained_on : names of the training corpora.
    files : name of a file of the run → its SHA-256.
    selection : rule by which the epoch of the weights was selected.
    rebuilt : when and from which files the report was rebuilt; empty for a report of the evaluation.
    not_rebuilt : content that is missing, or was kept from the earlier report.
    """

    corpora: tuple[CorpusFacts, ...] = ()
    efficiency: Efficiency = field(default_factory=Efficiency)
    trained_on: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    selection: str | None = None
    rebuilt: str = ""
    not_rebuilt: tuple[str, ...] = ()
