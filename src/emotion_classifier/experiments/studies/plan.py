"""The plan of a study: its cells, their corpora read and their splits checked before any training."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from emotion_classifier.errors import ConfigError, SplitError
from emotion_classifier.experiments.data.load import RunData, load_corpora, split_corpora
from emotion_classifier.experiments.studies.cells import Cell, kinds, plan_cells
from emotion_classifier.experiments.studies.config import StudyConfig
from emotion_classifier.experiments.studies.contrasts import contrasts, families
from emotion_classifier.experiments.studies.policy import InnerFolds, plan_inner_folds
from emotion_classifier.experiments.studies.power import require_speakers
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.run import find_run
from emotion_classifier.progress import Report, ignore
from emotion_classifier.rendering.tables import Table
from emotion_classifier.runs.history import read_history


@dataclass(frozen=True)
class Plan:
    """A study before its runs.

    Parameters
    ----------
    folder : of its results.
    cells : their runs may be shared with other studies.
    data : clips of the first cell.
    inner : inner folds of the policy; empty without a policy.
    """

    study: StudyConfig
    folder: Path
    cells: tuple[Cell, ...]
    data: RunData
    inner: tuple[InnerFolds, ...]

    @property
    def configs(self) -> tuple[RunConfig, ...]:
        """The settings of all runs but those of the policy, each once."""
        cells = chain(self.cells, *(inner.cells for inner in self.inner))
        found = {config.label: config for cell in cells for config in cell.configs}
        return tuple(found.values())

    @property
    def folds(self) -> int:
        """Runs of a cell with one seed."""
        return len(next(iter(self.cells[0].runs.values())))


def plan_study(study: StudyConfig, *, root: Path = Path("runs"), progress: Report = ignore) -> Plan:
    """The runs of a study.

    Raises
    ------
    ConfigError, CorpusError, SplitError
        Wrong settings, or parts with too few speakers: nothing was trained.
    """
    cells = plan_cells(study)
    first = cells[0].configs[0]
    folder = root / first.experiment / f"{study.name}-study"
    data = load_corpora(first, first.input.build(), progress)
    tested: dict[str, str] = {}
    for cell in cells:
        clips: dict[str, str] = {}
        for config in cell.configs:
            clips |= _tested_clips(cell, config, first, data)
        tested = tested or clips
        if clips.keys() != tested.keys():
            raise ConfigError(
                f"{cell.name} is tested on other clips than {cells[0].name} "
                f"({len(clips.keys() ^ tested.keys())} are in one alone): the cells of a study need the "
                "same corpora, splits and folds"
            )
    planned = contrasts(study, data.labels.names)
    corrected = families(planned, within_comparison=study.correction == "comparison")
    speakers = set(tested.values())
    require_speakers(study.name, len(speakers), min(map(len, corrected), default=0))
    inner: tuple[InnerFolds, ...] = ()
    if study.policy is not None:
        inner = plan_inner_folds(study, study.policy, data, folder / "inner_folds")
    return Plan(study, folder, cells, data, inner)


def to_table(plan: Plan, root: Path) -> Table:
    """The cells with their runs, finished and waiting, and the estimated time."""
    rows = [
        (cell.name, str(len(cell.configs)), str(sum(_is_finished(c, root) for c in cell.configs)))
        for cell in plan.cells
    ]
    inner = [config for fold in plan.inner for cell in fold.cells for config in cell.configs]
    if inner:
        done = sum(_is_finished(config, root) for config in inner)
        rows.append(("inner folds of the policy", str(len(inner)), str(done)))
        rows.append(("policy", str(len(plan.inner)), "planned after the inner folds"))
    seconds = estimated_seconds(plan, root)
    time = "unknown, no run is finished" if seconds is None else f"about {seconds / 60:.0f} min"
    waiting = sum(not _is_finished(config, root) for config in plan.configs)
    notes = [f"{waiting} runs to train, {plan.folds} folds; epochs of these: {time}."]
    return Table(plan.study.question, ("cell", "runs", "finished"), rows, notes=notes)


def estimated_seconds(plan: Plan, root: Path) -> float | None:
    """Time of the epochs that are left, from finished runs; None where none of them is finished.

    The seconds of an epoch of the same network and front-end, or else of all finished runs.
    """
    waiting: list[RunConfig] = []
    known: dict[str, list[float]] = {}
    for config in plan.configs:
        folder = find_run(config, root)
        if folder is None or not folder.report.is_file():
            waiting.append(config)
            continue
        seconds = [row.seconds for row in read_history(folder.history)]
        known.setdefault(kinds(config), []).append(float(np.mean(seconds)))
    if not known:
        return None if waiting else 0.0
    everything = float(np.mean([value for values in known.values() for value in values]))
    return sum(
        config.training.epochs * float(np.mean(known.get(kinds(config), [everything])))
        for config in waiting
    )


def _is_finished(config: RunConfig, root: Path) -> bool:
    folder = find_run(config, root)
    return folder is not None and folder.report.is_file()


def _tested_clips(cell: Cell, config: RunConfig, first: RunConfig, data: RunData) -> dict[str, str]:
    """Clip that a run tests → its speaker; each sex of these has two training speakers or more.

    The emotions are those of the first run.
    """
    emotions = data.labels.names
    clips = {"corpora", "labels", "target", "input"}
    if config.model_dump(include=clips) != first.model_dump(include=clips):
        data = load_corpora(config, config.input.build())
    if data.labels.names != emotions:
        raise ConfigError(
            f"{cell.name} has the emotions {', '.join(data.labels)}, and the first cell "
            f"{', '.join(emotions)}: the cells of a study need the same emotions, or their scores are "
            "of different tasks"
        )
    try:
        split = split_corpora(data, config)
    except SplitError as error:
        raise type(error)(f"{cell.name}: {error}") from error
    training, tested = (data.part(split, part) for part in ("train", "test"))
    for sex in {u.sex for u in tested}:
        speakers = {u.speaker_id for u in training if u.sex == sex}
        if len(speakers) < 2:
            raise ConfigError(
                f"{cell.name}: the training part has {len(speakers)} speakers of sex {sex or 'unknown'}, "
                "which is tested: take fewer folds, a smaller validation part or more speakers, so that "
                "there are 2 or more"
            )
    return {u.id: u.speaker_id for u in tested}
