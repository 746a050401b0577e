"""The answer of a study: every number of its verdict, and the sentences made of them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from emotion_classifier.evaluation.scores import Score
from emotion_classifier.experiments.studies import verdict
from emotion_classifier.experiments.studies.acoustics import Separation
from emotion_classifier.experiments.studies.config import StudyConfig
from emotion_classifier.experiments.studies.confusions import ConfusedPair
from emotion_classifier.experiments.studies.contrasts import EvaluatedContrast, families
from emotion_classifier.experiments.studies.power import POWER, detectable_difference
from emotion_classifier.experiments.studies.results import Results


@dataclass(frozen=True)
class PolicyAnswer:
    """The chain of each emotion, chosen in inner folds, and its tests.

    Parameters
    ----------
    chosen : for each fold: emotion → candidate.
    tests : the policy against each candidate for all emotions.
    missing : why there is no policy; empty where there is one.
    """

    chosen: tuple[Mapping[str, str], ...] = ()
    tests: tuple[EvaluatedContrast, ...] = ()
    missing: str = ""


@dataclass(frozen=True)
class Answer:
    """The results of a study.

    Parameters
    ----------
    scores : of each complete cell.
    tests : of the comparisons, in their order.
    pairs : of emotions, the most confused first.
    separations : what separates the most confused pairs.
    policy : None where the study asks for none.
    missing : name of a cell without results → the reason.
    """

    question: str
    emotions: tuple[str, ...]
    speakers: int
    clips: int
    folds: int
    seeds: int
    scores: tuple[Score, ...]
    tests: tuple[EvaluatedContrast, ...] = ()
    pairs: tuple[ConfusedPair, ...] = ()
    separations: tuple[Separation, ...] = ()
    policy: PolicyAnswer | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    correction: str = "study"

    @classmethod
    def of(cls, study: StudyConfig, results: Results, folds: int, seed: int) -> Answer:
        """The answer without its tests."""
        return cls(
            study.question,
            results.emotions,
            len(results.speakers),
            results.clips,
            folds,
            len(study.seeds),
            results.scores(seed),
            missing=results.missing,
            correction=study.correction,
        )


_ADAPTER = TypeAdapter(Answer)


def to_json(answer: Answer) -> str:
    """All numbers of the answer; null where a number is not defined."""
    values = _ADAPTER.dump_python(answer, mode="json")
    return json.dumps(_without_nan({**values, "sentences": sections(answer)}), indent=2) + "\n"


def sections(answer: Answer) -> dict[str, list[str]]:
    """Heading → sentences of the verdict, the differences that were shown first."""
    found: dict[str, list[str]] = {}
    if answer.tests:
        ordered = sorted(answer.tests, key=lambda one: not one.is_significant)
        found["Shown"] = [
            verdict.contrast_sentence(one) for one in ordered if one.is_significant
        ] or ["No difference was shown."]
        found["Not shown"] = [
            verdict.contrast_sentence(one) for one in ordered if not one.is_significant
        ]
    if answer.pairs:
        found["Confused pairs"] = verdict.pair_sentences(answer.pairs, limit=8)
    if answer.separations:
        found["What separates them"] = verdict.separation_sentences(answer.separations)
    if answer.policy is not None:
        found["Policy by emotion"] = _policy_sentences(answer.policy)
    found["Size and limits"] = _limits(answer)
    return {heading: sentences for heading, sentences in found.items() if sentences}


def headline(answer: Answer) -> str:
    """One sentence on the outcome."""
    if answer.tests:
        return verdict.summary(answer.tests)
    above = [pair for pair in answer.pairs if pair.is_significant and pair.excess.value > 0]
    names = ", ".join(pair.name for pair in above[:5])
    return (
        f"{len(above)} of {len(answer.pairs)} pairs are confused more often than an average pair"
        f"{': ' + names if names else ''}."
    )


def _policy_sentences(policy: PolicyAnswer) -> list[str]:
    if policy.missing:
        return [f"There is no policy: {policy.missing}."]
    chosen = []
    for number, levels in enumerate(policy.chosen, 1):
        text = ", ".join(f"{emotion} {level}" for emotion, level in levels.items())
        chosen.append(f"Chosen in the inner folds of fold {number}: {text}.")
    return [*chosen, *map(verdict.contrast_sentence, policy.tests)]


def _limits(answer: Answer) -> list[str]:
    runs = f"{answer.folds} folds by speaker" if answer.folds > 1 else "one fold"
    seeds = f"{answer.seeds} seeds" if answer.seeds > 1 else "a single seed"
    sentences = [
        f"{answer.clips:,} test clips of {answer.speakers} speakers, who are in no training part of the "
        f"model that predicts them; {runs}, {seeds}.",
        "Intervals are 95% bootstrap intervals by speaker; p values are of permutation tests by speaker.",
    ]
    if answer.tests:
        family = "all tests of the study" if answer.correction == "study" else "each comparison"
        contrasts = [one.contrast for one in answer.tests if one.estimate is not None]
        known = [one.estimate for one in answer.tests if one.estimate is not None]
        sentences.append(f"Holm's correction is over {family} ({len(known)} tests in all).")
        overall = [
            one.estimate
            for one in answer.tests
            if one.estimate is not None and one.contrast.emotion is None
        ]
        corrected = families(contrasts, within_comparison=answer.correction == "comparison")
        least = detectable_difference(overall or known, min(map(len, corrected), default=0))
        if not math.isnan(least):
            sentences.append(
                f"A difference below about {verdict.points(least, signed=False)} points would be missed "
                f"in more than {1 - POWER:.0%} of such studies with {answer.speakers} speakers: "
                '"no difference was shown" does not mean that there is none.'
            )
    if answer.separations:
        sentences.append("Acoustic measures are of all clips of the corpora, test part or not.")
    if answer.seeds == 1:
        sentences.append(
            "The tests are about other speakers, not about other seeds: how far another initialisation "
            "would change a cell was not measured."
        )
    sentences += [f"Missing: {name} ({reason})." for name, reason in answer.missing.items()]
    return sentences


def _without_nan(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return value
