"""A report as Markdown for a paper: method with citations, then the tables of its page."""

from __future__ import annotations

from collections.abc import Iterator

from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.evaluation.uncertainty import RESAMPLES
from emotion_classifier.rendering.page import BulletList, Facts, Page, Picture, Section
from emotion_classifier.rendering.tables import Table, to_markdown, visible

REFERENCES = (
    "UAR: B. Schuller, S. Steidl, A. Batliner, “The INTERSPEECH 2009 Emotion Challenge”, "
    "INTERSPEECH, 2009.",
    "Intervals: T. Hesterberg, “What Teachers Should Know About the Bootstrap”, The American "
    "Statistician 69, 2015 (expanded percentile interval).",
    "Calibration: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, “On Calibration of Modern Neural "
    "Networks”, ICML, 2017.",
    "Rejection: R. El-Yaniv, Y. Wiener, “On the Foundations of Noise-free Selective Classification”, "
    "JMLR 11, 2010.",
)


def report_markdown(report: Report, page: Page) -> str:
    """The text of ``report.md``; `page` is the page of the same report."""
    lines = [f"# {visible(page.title)}", "", visible(page.subtitle), ""]
    if page.warnings:
        lines += ["**Warnings**", "", *(f"- {visible(text)}" for text in page.warnings), ""]
    lines += ["## Method", "", " ".join(map(visible, _method(report))), ""]
    for section in page.sections:
        lines += _section(section)
    lines += ["## References", "", *(f"- {text}" for text in REFERENCES)]
    return "\n".join(lines) + "\n"


def _method(report: Report) -> Iterator[str]:
    """Sentences on data, split, training, selection and intervals, as far as they are known."""
    overall, provenance = report.overall, report.provenance
    if trained := report.facts.get("trained on"):
        yield f"The model was trained on {trained}."
    yield (
        f"It was tested on {overall.clips:,} clips by {overall.speakers:,} speakers, labelled with "
        f"{len(report.labels)} emotions ({', '.join(report.labels)})."
    )
    splits = [name for name in report.origin if name == "split" or name.startswith("split of ")]
    yield from (f"Settings of the {name}: {report.origin[name]}." for name in splits)
    if report.history:
        kept = "" if report.kept_epoch is None else f", of which epoch {report.kept_epoch} was kept"
        yield f"The training took {len(report.history)} epochs{kept}."
    if provenance.selection:
        yield f"Selected were {provenance.selection}."
    if seed := report.origin.get("seed"):
        yield f"The seed was {seed}."
    yield (
        "Unweighted average recall (UAR) is the mean recall of the emotions. The 95% intervals are "
        f"expanded percentile intervals of a bootstrap over speakers with {RESAMPLES:,} resamples; "
        "the test part was used for no decision."
    )


def _section(section: Section) -> Iterator[str]:
    """Heading, introduction, tables, and the captions of the figures, which are in ``report.html``."""
    yield from (f"## {visible(section.title)}", "")
    if section.introduction:
        yield from (visible(section.introduction), "")
    for block in section.blocks:
        if isinstance(block, Table):
            yield from (f"**{visible(block.title)}**", "", to_markdown(block))
        elif isinstance(block, Picture):
            yield from (f"*Figure in report.html: {visible(block.caption)}*", "")
        elif isinstance(block, BulletList):
            yield from (*(f"- {visible(item)}" for item in block.items), "")
        elif isinstance(block, Facts):
            yield from (*(f"- {name}: {visible(text)}" for name, text in block.values.items()), "")
