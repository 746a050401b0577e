"""Sections on each corpus, and on the listeners of its clips."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emotion_classifier.evaluation.corpus_scores import CorpusScore
from emotion_classifier.evaluation.report import tables
from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.rendering import plots
from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.page import Picture, Section


def corpus_sections(report: Report) -> list[Section]:
    """All corpora together; of several, each in a section of its own."""
    introduction = (
        "Each corpus over its own emotions, with intervals by its own speakers. Restricted: the most "
        "probable emotion of the corpus, as if the model had no others. Without the restriction, a "
        "clip predicted as an emotion that the corpus lacks is wrong."
    )
    blocks = [tables.closed_set_table(report.corpora)]
    if differ_from_overall(report.corpora):
        blocks += [
            tables.corpus_table(report.corpora),
            tables.corpus_recall_table(report.emotions, report.corpora),
        ]
    overview = Section("Corpora", introduction, blocks)
    if len(report.corpora) == 1:
        return [overview]
    return [overview, *(_corpus_section(corpus, report.labels) for corpus in report.corpora)]


def differ_from_overall(corpora: Sequence[CorpusScore]) -> bool:
    """Whether there are several corpora, or one that lacks emotions of the model."""
    return len(corpora) > 1 or corpora[0].restricted is not None


def _corpus_section(corpus: CorpusScore, labels: Sequence[str]) -> Section:
    rows = [corpus.overall.renamed("this model")]
    if corpus.restricted:
        rows.append(corpus.restricted.renamed(corpus.restricted_name))
    table = tables.baseline_table(rows, corpus.baselines)
    # An emotion that is neither true nor predicted would be an empty row and column.
    used = np.flatnonzero(corpus.confusion.sum(axis=0) + corpus.confusion.sum(axis=1))
    names = [labels[index] for index in used.tolist()]
    figure = plots.confusion_plot(corpus.confusion[np.ix_(used, used)], names)
    caption = "Each row is a true emotion. An empty row is an emotion that the corpus lacks."
    picture = Picture(to_svg(figure, f"Confusion matrix of {corpus.name}"), caption, wide=True)
    emotions = f"{corpus.overall.clips:,} clips of {', '.join(corpus.labels)}."
    return Section(f"Corpus {corpus.name}", emotions, [table, picture])


def human_sections(report: Report) -> list[Section]:
    """The model beside the listeners, where clips have votes."""
    if report.perception is None:
        return []
    targets = {
        "intended": " The model was trained on the intended emotion.",
        "perceived": " The model was trained on the listeners' votes.",
    }
    introduction = (
        f"{report.perception.intended.clips:,} of {report.overall.clips:,} clips have votes of "
        "listeners, who often choose another emotion than the speaker intended."
        f"{targets.get(report.target or '', '')}"
    )
    blocks = tables.human_comparison_tables(report.perception)
    return [Section("Human listeners", introduction, blocks)]
