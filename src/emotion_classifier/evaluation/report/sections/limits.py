"""The section on what the numbers do not show, derived from the facts of the data and the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emotion_classifier.evaluation.report.provenance import CorpusFacts
from emotion_classifier.evaluation.report.report import Report
from emotion_classifier.evaluation.report.tables import FEW_SPEAKERS
from emotion_classifier.evaluation.scores import UNKNOWN
from emotion_classifier.rendering.page import BulletList, Section

TITLE = "What these numbers do not show"
_FEW_SENTENCES = 20


def limit_section(report: Report) -> Section:
    """Limits of the evaluation; only those that apply to its data."""
    return Section(TITLE, "", [BulletList(tuple(limits(report)))])


def limits(report: Report) -> Iterator[str]:
    """Sentences on speech, languages, corpora, speakers, labels, recordings and trainings."""
    names = {corpus.name for corpus in report.corpora}
    known = {corpus.name: corpus for corpus in report.provenance.corpora if corpus.name in names}
    facts = [known.get(name, CorpusFacts(name=name)) for name in sorted(names)]
    yield from _speech(facts)
    yield from _sentences(facts)
    yield from _languages(facts)
    yield _corpora(names, report.provenance.trained_on)
    yield from _speakers(report)
    yield _labels(report)
    yield _conditions(report)
    seed = report.origin.get("seed", "that of the run")
    yield f"Other seeds than {seed}: the spread between trainings is not in the intervals."


def _conditions(report: Report) -> str:
    if report.robustness is not None:
        return "Other changes of the recordings than those of the section Robustness."
    return (
        "Recording conditions: only the recordings of these corpora, without added noise, other "
        "microphones, telephones or rooms; emotion stress measures these."
    )


def _speech(facts: Iterable[CorpusFacts]) -> Iterator[str]:
    stated = [f"{one.name} ({one.speech})" for one in facts if one.speech]
    unknown = [one.name for one in facts if not one.speech]
    if stated:
        yield f"Other kinds of speech than those of {', '.join(stated)}."
    if unknown:
        yield (
            f"Kind of speech: how the clips of {', '.join(unknown)} were produced and recorded is not "
            "stated in the run."
        )


def _sentences(facts: Iterable[CorpusFacts]) -> Iterator[str]:
    few = [one for one in facts if one.sentences and one.sentences <= _FEW_SENTENCES]
    if few:
        counts = ", ".join(f"{one.sentences} in {one.name}" for one in few)
        yield f"Other words: the number of different sentences is {counts}, for all speakers alike."


def _languages(facts: Iterable[CorpusFacts]) -> Iterator[str]:
    languages = sorted({one.language for one in facts if one.language})
    unknown = sorted(one.name for one in facts if not one.language)
    if languages:
        yield f"Other languages than {', '.join(languages)}."
    if unknown:
        yield f"The language of {', '.join(unknown)} is not stated in the run."


def _corpora(tested: set[str], trained: Iterable[str]) -> str:
    same = sorted(tested & set(trained))
    if not same:
        return f"Other corpora than {', '.join(sorted(tested))}."
    corpora = "corpus" if len(same) == 1 else "corpora"
    return (
        f"Other corpora: the test speakers are of the training {corpora} ({', '.join(same)}), "
        "recorded alike. Scores on corpora that a model was not trained on are often much lower."
    )


def _speakers(report: Report) -> Iterator[str]:
    count = report.overall.speakers
    few = ", too few for a precise interval" if count < FEW_SPEAKERS else ""
    yield f"Other populations: {count:,} {'speaker' if count == 1 else 'speakers'}{few}."
    sexes = [score.name for score in report.groups.get("sex", ())]
    if sexes == [UNKNOWN]:
        yield "Groups of speakers: their sex is not known."
    elif len(sexes) == 1:
        yield f"Groups of speakers: all are {sexes[0]}."


def _labels(report: Report) -> str:
    source = "intended by the speakers or chosen by annotators, not necessarily felt"
    return f"Other emotions than {', '.join(report.labels)}; the true emotion is the one {source}."
