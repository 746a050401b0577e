"""The section on the origin of the numbers: run, machine, data, files, model and settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from emotion_classifier.evaluation.report.provenance import CorpusFacts
from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.evaluation.report.tables import DASH
from emotion_classifier.rendering.page import BulletList, Facts, Section
from emotion_classifier.rendering.tables import Table

_HASH_DIGITS = 16


def provenance_section(report: Report) -> Section:
    """Date, command, versions and machine; data with hashes; model and settings."""
    own = report.provenance
    blocks: list[Table | Facts | BulletList] = [Facts(dict(_origin(report)))]
    if own.corpora:
        blocks.append(corpus_facts_table(own.corpora))
    if own.files:
        blocks.append(_file_table(own.files))
    if report.facts:
        blocks.append(Facts({name: _fact(value) for name, value in report.facts.items()}))
    if own.not_rebuilt:
        blocks.append(BulletList(own.not_rebuilt))
    return Section("Provenance", "", blocks)


def _origin(report: Report) -> Iterator[tuple[str, str]]:
    yield from report.origin.items()
    if report.provenance.selection:
        yield "selection", report.provenance.selection
    if report.provenance.rebuilt:
        yield "rebuilt", report.provenance.rebuilt


def corpus_facts_table(corpora: Sequence[CorpusFacts]) -> Table:
    """The corpora as the run used them, with the hash of their audio."""
    rows = [
        (
            one.name,
            *(DASH if number is None else f"{number:,}" for number in (one.clips, one.speakers)),
            one.language or DASH,
            one.speech or DASH,
            one.licence or DASH,
            one.sha256[:_HASH_DIGITS] if one.sha256 else DASH,
        )
        for one in corpora
    ]
    columns = (
        "corpus",
        "clips",
        "speakers",
        "language",
        "speech",
        "licence",
        "SHA-256 of the audio",
    )
    note = (
        "All usable clips, whatever their part. The hash is of the ids of the clips and the hashes of "
        f"their decoded samples, here its first {_HASH_DIGITS} digits; report.json has all of it."
    )
    return Table("Data", columns, rows, notes=[note], left=frozenset({0, 3, 4, 5}))


def _file_table(files: Mapping[str, str]) -> Table:
    rows = [(name, digest[:_HASH_DIGITS]) for name, digest in files.items()]
    return Table("Files", ("file", "SHA-256, first digits"), rows, left=frozenset({0, 1}))


def _fact(value: object) -> str:
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, indent=2, ensure_ascii=False, default=str)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return "not known" if value is None else str(value)
