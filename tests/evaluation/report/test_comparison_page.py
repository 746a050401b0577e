from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from emotion_classifier.evaluation.comparison import compare
from emotion_classifier.evaluation.paired_tests import smallest_p_value
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.comparison_page import (
    to_tables,
    verdict,
    write_comparison,
)
from emotion_classifier.evaluation.report.comparison_report import (
    ComparisonReport,
    Efficiency,
    json_schema,
)

Make = Callable[..., LabelledPredictions]


@pytest.fixture(scope="module")
def report(make_clips: Make) -> ComparisonReport:
    runs = {"<weak>": make_clips(8, 20, skill=0.2), "strong": make_clips(8, 20, seed=1, skill=3.0)}
    compared = compare(runs)
    return ComparisonReport(
        title="weak and strong",
        warnings=("3 clips are left out",),
        runs={"strong": "runs/x/strong"},
        labels=compared.labels,
        left_out=compared.left_out,
        smallest_p_value=smallest_p_value(8),
        scores=compared.scores,
        differences=compared.differences,
        efficiency={"<weak>": Efficiency(), "strong": Efficiency(1234, 1000, 2.5, 90.0, 0.0125)},
    )


@pytest.fixture(scope="module")
def folder(report: ComparisonReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("comparison")
    write_comparison(report, path)
    return path


def test_the_page_and_the_markdown_have_every_part(folder: Path) -> None:
    page = (folder / "comparison.html").read_text("utf-8")
    assert "&lt;weak&gt;" in page and "<weak>" not in page
    assert "3 clips are left out" in page and "changed_clips.csv" in page
    text = (folder / "comparison.md").read_text("utf-8")
    for heading in ("Scores", "Differences", "Changed clips", "strong minus <weak>", "Efficiency"):
        assert f"\n## {heading}\n" in text
    assert "strong is significantly better" in text


def test_the_json_follows_its_schema(folder: Path) -> None:
    content = json.loads((folder / "comparison.json").read_text("utf-8"))
    jsonschema.validate(content, json_schema())
    (difference,) = content["differences"]
    assert difference["corrected_p_values"]["uar"] == smallest_p_value(8)
    assert content["efficiency"]["<weak>"]["parameters"] is None


def test_the_csv_files_hold_every_number_and_clip(folder: Path, report: ComparisonReport) -> None:
    with (folder / "comparison.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 + 2 * 4  # metrics; recall and F1 of four emotions
    assert float(rows[0]["difference"]) == report.candidate.estimates["uar"].value
    with (folder / "changed_clips.csv").open(newline="", encoding="utf-8") as file:
        clips = list(csv.DictReader(file))
    found = report.candidate.mcnemar
    assert found is not None
    changes = [row["change"] for row in clips]
    assert changes.count("corrected") == found.only_second > 20
    assert changes.count("newly_wrong") == found.only_first
    assert all(row["true"] == row["predicted_by_second"] for row in clips[: found.only_second])


def test_efficiency_is_rounded_and_a_dash_where_not_known(report: ComparisonReport) -> None:
    table = to_tables(report)[-1]
    assert table.rows[0][1:] == ("\N{EN DASH}",) * 5
    assert table.rows[1][1:] == ("1,234", "1,000", "2.50", "1.5", "0.0125")


def test_verdicts_rest_on_the_corrected_p_value(make_clips: Make) -> None:
    strong, weak = make_clips(8, 20, seed=1, skill=3.0), make_clips(8, 20, skill=0.2)
    (fall,) = compare({"a": strong, "b": weak}).differences
    assert verdict(fall).startswith("b is significantly worse than a (UAR -")
    # Of four speakers no difference can be significant.
    few = np.arange(4 * 20)
    (unclear,) = compare({"a": strong.select(few), "b": weak.select(few)}).differences
    assert "do not differ significantly" in verdict(unclear)


def test_runs_of_several_seeds_have_no_tables_of_single_clips(
    make_clips: Make, tmp_path: Path
) -> None:
    runs = {
        name: [make_clips(8, 20, seed=2 * n), make_clips(8, 20, seed=2 * n + 1)]
        for n, name in enumerate("ab")
    }
    compared = compare(runs)
    report = ComparisonReport(
        title="a and b",
        warnings=(),
        runs={},
        labels=compared.labels,
        seeds=compared.seeds,
        left_out=compared.left_out,
        smallest_p_value=smallest_p_value(8),
        scores=compared.scores,
        differences=compared.differences,
        efficiency={},
    )
    write_comparison(report, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "comparison.csv", "comparison.html", "comparison.json", "comparison.md",
    ]  # fmt: skip
    assert "Means over the 2 seeds" in (tmp_path / "comparison.md").read_text("utf-8")
    assert "Means over 2 seeds" in (tmp_path / "comparison.html").read_text("utf-8")
    assert "Changed clips" not in (tmp_path / "comparison.md").read_text("utf-8")
    content = json.loads((tmp_path / "comparison.json").read_text("utf-8"))
    jsonschema.validate(content, json_schema())
    assert content["seeds"] == 2 and content["differences"][0]["mcnemar"] is None
