"""The tests of a study on its results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.studies.acoustics import (
    Separation,
    acoustic_measures,
    separations,
)
from emotion_classifier.experiments.studies.answer import Answer, PolicyAnswer
from emotion_classifier.experiments.studies.config import EmotionPolicyConfig, StudyConfig
from emotion_classifier.experiments.studies.confusions import confused_pairs
from emotion_classifier.experiments.studies.contrasts import (
    Contrast,
    contrasts,
    evaluate_contrasts,
)
from emotion_classifier.experiments.studies.figures import (
    pairs_figure,
    separation_figure,
    study_figures,
)
from emotion_classifier.experiments.studies.plan import Plan
from emotion_classifier.experiments.studies.policy import POLICY
from emotion_classifier.experiments.studies.results import Results
from emotion_classifier.progress import Report, track

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def analyse(plan: Plan, results: Results, progress: Report) -> Answer:
    """All tests but those of the policy."""
    study, seed = plan.study, plan.study.seeds[0]
    answer = Answer.of(study, results, plan.folds, seed)
    if study.comparisons:
        tests = evaluate_contrasts(
            contrasts(study, results.emotions),
            results.counts,
            results.emotions,
            correct_within_comparison=study.correction == "comparison",
            seed=seed,
        )
        answer = replace(answer, tests=tests)
    if study.confusions is None:
        return answer
    pairs = confused_pairs(results.counts, results.emotions, seed=seed)
    answer = replace(answer, pairs=pairs)
    if not study.confusions.acoustics:
        return answer
    chosen = [(pair.first, pair.second) for pair in pairs[: study.confusions.pairs]]
    return replace(answer, separations=_separations(plan.data, chosen, seed, progress))


def analyse_policy(
    study: StudyConfig,
    policy: EmotionPolicyConfig,
    chosen: tuple[Mapping[str, str], ...],
    results: Results,
    own: Results,
) -> PolicyAnswer:
    """The tests of the policy, whose results are `own`, against each candidate."""
    tests = evaluate_contrasts(
        _policy_contrasts(study, policy, results.emotions),
        {**results.counts, **own.counts},
        results.emotions,
        correct_within_comparison=False,
        seed=study.seeds[0],
    )
    return PolicyAnswer(chosen, tests)


def draw(study: StudyConfig, results: Results, answer: Answer) -> dict[str, Figure]:
    """Name of the file, without suffix → figure."""
    figures = study_figures(study, results, study.seeds[0])
    if answer.pairs:
        figures["confused_pairs"] = pairs_figure(answer.pairs)
    if answer.separations:
        figures["pair_separations"] = separation_figure(answer.separations)
    return figures


def _separations(
    data: RunData, pairs: Iterable[tuple[str, str]], seed: int, progress: Report
) -> tuple[Separation, ...]:
    """What separates the pairs, measured on all clips of the corpora."""
    clips = track(data.utterances, "acoustic measures", len(data.utterances), progress)
    values = []
    for utterance in clips:
        clip = data.clips[utterance.id]
        values.append(acoustic_measures(clip.samples(), clip.sample_rate))
    emotions = [u.emotion for u in data.utterances]
    speakers = [u.speaker_id for u in data.utterances]
    return separations(np.stack(values), emotions, speakers, pairs, seed=seed)


def _policy_contrasts(
    study: StudyConfig, policy: EmotionPolicyConfig, emotions: Sequence[str]
) -> list[Contrast]:
    found = []
    for level in study.factors[policy.factor]:
        levels: Mapping[str, str] = {**policy.at, policy.factor: level}
        name = "-".join(levels[factor] for factor in study.factors)
        first, pairs = f"{policy.factor} {level}", ((POLICY, name),)
        found.append(Contrast(0, first, POLICY, pairs))
        found += [
            Contrast(0, first, POLICY, pairs, measure=policy.measure, emotion=emotion)
            for emotion in emotions
        ]
    return found
