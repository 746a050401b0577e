"""A study from its settings to its verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from emotion_classifier.errors import EmotionClassifierError
from emotion_classifier.experiments.run_list.execution import execute_runs
from emotion_classifier.experiments.studies.analysis import analyse, analyse_policy, draw
from emotion_classifier.experiments.studies.answer import PolicyAnswer, headline
from emotion_classifier.experiments.studies.config import EmotionPolicyConfig, StudyConfig
from emotion_classifier.experiments.studies.documents import VERDICT, write_documents
from emotion_classifier.experiments.studies.plan import Plan, plan_study
from emotion_classifier.experiments.studies.policy import choose_policies, policy_cell
from emotion_classifier.experiments.studies.results import Results, read_results
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.rendering.figures import require_matplotlib

Execute: TypeAlias = Callable[[Sequence[RunConfig]], dict[str, str]]
"""Executes runs, and returns the label of each that failed → its error."""


def run_study(
    study: StudyConfig,
    *,
    root: Path = Path("runs"),
    processes: int = 1,
    only_finished: bool = False,
    command: str = "",
    progress: Report = ignore,
) -> Path:
    """The file of the verdict, after the runs that are not finished yet.

    A run that fails is reported and leaves its cell out. The same call continues after an interruption.

    Parameters
    ----------
    root : of the runs, which are ``root/experiment/label``.
    processes : runs at the same time.
    only_finished : train nothing; cells with runs that are not finished are left out.
    command : that the verdict names for its repetition.

    Raises
    ------
    EmotionClassifierError
        As `plan_study`; or no cell is complete.
    """
    require_matplotlib()
    plan = plan_study(study, root=root, progress=progress)
    execute: Execute = partial(_execute, root=root, processes=processes, progress=progress)
    if only_finished:
        execute = _execute_nothing
    failures = execute(plan.configs)
    results = read_results(plan.cells, root, failures)
    answer = analyse(plan, results, progress)
    if study.policy is not None:
        policy = _policy(plan, study.policy, results, root, execute)
        answer = replace(answer, policy=policy)
    title = study.name.replace("_", " ").capitalize()
    write_documents(answer, draw(study, results, answer), plan.folder, title, command)
    progress(Progress(headline(answer)))
    return plan.folder / VERDICT


def _execute_nothing(configs: Sequence[RunConfig]) -> dict[str, str]:
    """No failures."""
    return {}


def _execute(
    configs: Sequence[RunConfig], *, root: Path, processes: int, progress: Report
) -> dict[str, str]:
    """Label of each run that failed → its error."""
    outcomes = execute_runs(configs, root=root, processes=processes, progress=progress)
    return {one.config.label: str(one.error) for one in outcomes if one.error is not None}


def _policy(
    plan: Plan,
    policy: EmotionPolicyConfig,
    results: Results,
    root: Path,
    execute: Execute,
) -> PolicyAnswer:
    """The policy of each fold, chosen, trained and tested."""
    try:
        chosen = choose_policies(plan.inner, policy, root)
        cell = policy_cell(plan.inner, chosen, plan.study.seeds[0])
        failures = execute(cell.configs)
        own = read_results([cell], root, failures)
    except EmotionClassifierError as error:
        return PolicyAnswer(missing=str(error))
    return analyse_policy(plan.study, policy, chosen, results, own)
