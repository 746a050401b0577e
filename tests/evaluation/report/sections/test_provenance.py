from __future__ import annotations

from collections.abc import Callable

from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.provenance import CorpusFacts, Provenance
from emotion_classifier.evaluation.report.report import make_report
from emotion_classifier.evaluation.report.sections.provenance import (
    corpus_facts_table,
    provenance_section,
)
from emotion_classifier.rendering.page import BulletList, Facts
from emotion_classifier.rendering.tables import Table


def test_data_have_their_hash_and_a_dash_where_a_fact_is_unknown() -> None:
    known = CorpusFacts(name="toy", clips=1_200, speakers=3, sha256="ab" * 32, language="English")
    first, second = corpus_facts_table([known, CorpusFacts(name="own")]).rows
    assert first[:4] == ("toy", "1,200", "3", "English") and first[-1] == "ab" * 8
    assert second == ("own", *"\N{EN DASH}" * 6)


def test_origin_files_facts_and_kept_content_are_shown(
    make_clips: Callable[..., LabelledPredictions],
) -> None:
    provenance = Provenance(
        files={"split.csv": "cd" * 32},
        selection="the weights of the last epoch",
        not_rebuilt=("Kept: the baselines",),
    )
    report = make_report(
        make_clips(2, 8), title="A run", origin={"seed": "7"}, facts={"a": 1}, provenance=provenance
    )
    origin, files, facts, kept = provenance_section(report).blocks
    assert isinstance(origin, Facts) and isinstance(facts, Facts) and isinstance(files, Table)
    assert origin.values == {"seed": "7", "selection": "the weights of the last epoch"}
    assert files.rows == [("split.csv", "cd" * 8)] and facts.values == {"a": "1"}
    assert kept == BulletList(("Kept: the baselines",))
