"""The section on the origin of the numbers: model, data and settings."""

from __future__ import annotations

import json
from collections.abc import Mapping

from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.rendering.page import Facts, Section


def fact_sections(report: Report) -> list[Section]:
    """The facts of the report, where it has any."""
    if not report.facts:
        return []
    return [Section("Facts", "", [Facts({name: _fact(v) for name, v in report.facts.items()})])]


def _fact(value: object) -> str:
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, indent=2, ensure_ascii=False, default=str)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return "not known" if value is None else str(value)
