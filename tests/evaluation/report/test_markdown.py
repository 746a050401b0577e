from __future__ import annotations

from collections.abc import Callable

from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.markdown import REFERENCES, report_markdown
from emotion_classifier.evaluation.report.page import to_page
from emotion_classifier.evaluation.report.provenance import Provenance
from emotion_classifier.evaluation.report.report import make_report

Make = Callable[..., LabelledPredictions]


def test_the_text_has_method_tables_and_references(make_clips: Make) -> None:
    report = make_report(
        make_clips(),
        title="A <run>",
        warnings=["A warning."],
        facts={"trained on": "toy (9 clips, 3 speakers, MIT)"},
        origin={"split": "kind k_fold, folds 3, fold 1", "seed": "7"},
        history=[{"epoch": 1}, {"epoch": 2}],
        kept_epoch=2,
        provenance=Provenance(selection="the weights of the last epoch"),
    )
    page = to_page(report)
    text = report_markdown(report, page)
    for expected in (
        "# A <run>", "- A warning.", "toy (9 clips, 3 speakers, MIT)", "72 clips by 6 speakers",
        "kind k_fold, folds 3, fold 1", "2 epochs, of which epoch 2", "weights of the last epoch",
        "The seed was 7", "2,000 resamples", "| emotion | recall |", *REFERENCES,
    ):  # fmt: skip
        assert expected in text, expected
    headings = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["Method", *(section.title for section in page.sections), "References"]
    assert "<svg" not in text


def test_unknown_facts_leave_no_gap(make_clips: Make) -> None:
    report = make_report(make_clips(), title="A run")
    method = report_markdown(report, to_page(report)).partition("## Method")[2].partition("##")[0]
    assert "None" not in method and "trained on" not in method and "epochs" not in method
