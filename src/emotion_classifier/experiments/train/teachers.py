"""The teachers of a run: trained models whose predictions become targets, checked for leaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emotion_classifier.corpora.splits import FileConfig, Split
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import LabelError
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.train.config import DistillationConfig, RunConfig, of_one_model
from emotion_classifier.experiments.train.seen_speakers import seen_warnings
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.model_folder.folder import GRAPH, graph_file, read_specification
from emotion_classifier.model_folder.specification import (
    DistillationFacts,
    ModelSpecification,
    TeacherFacts,
)
from emotion_classifier.runs.run_folder import RunFolder


@dataclass(frozen=True, eq=False)
class Teacher:
    """A trained model in a model folder; reports on its student repeat the warnings.

    `mapping` is (emotion of the teacher, emotion of the student): 1 where the one counts as the other.
    """

    folder: Path
    specification: ModelSpecification
    mapping: npt.NDArray[np.float64]
    warnings: tuple[str, ...] = ()

    @property
    def shared(self) -> npt.NDArray[np.bool_]:
        """(emotion of the student,): whether the teacher has it."""
        shared: npt.NDArray[np.bool_] = self.mapping.max(0) > 0
        return shared

    @property
    def uses_speaker_statistics(self) -> bool:
        """Whether its predictions depend on the other clips of a speaker."""
        standardisation = self.specification.architecture.get("standardisation") or {}
        return standardisation.get("kind") == "per_speaker"

    @property
    def facts(self) -> TeacherFacts:
        """The part of the student's specification about it."""
        return TeacherFacts(
            name=self.specification.name,
            sha256=self.specification.files[GRAPH],
            training_data=self.specification.all_training_data,
        )

    def distributions(
        self, probabilities: npt.NDArray[np.float64], temperature: float
    ) -> npt.NDArray[np.float64]:
        """Probabilities (..., emotion of the student) that sum to one.

        The shares of emotions that the student lacks are left out.

        Parameters
        ----------
        probabilities : (..., emotion of the teacher).
        temperature : divisor of their logarithms.
        """
        logarithms = np.log(np.maximum(probabilities @ self.mapping, np.finfo(np.float64).tiny))
        scaled = np.where(self.shared, logarithms / temperature, -np.inf)
        powers = np.exp(scaled - scaled.max(-1, keepdims=True))
        result: npt.NDArray[np.float64] = powers / powers.sum(-1, keepdims=True)
        return result


def find_teachers(config: RunConfig, data: RunData, split: Split) -> tuple[Teacher, ...]:
    """The teachers in the settings, checked for leaks; none where a run learns from labels alone.

    Raises
    ------
    ConfigError
        A path is that of the models of several folds.
    ModelFolderError
        There is no model folder at a path, or it is damaged or leaves its encoder out.
    LabelError
        A teacher has fewer than two emotions of this run.
    LeakError
        A teacher was trained on speakers of the test or validation part, and `allow_leak` is not set
        for their corpora.
    """
    chosen = config.distillation
    return tuple(
        _teacher(path, config, data, split) for path in (chosen.teachers if chosen else ())
    )


def _teacher(path: Path, config: RunConfig, data: RunData, split: Split) -> Teacher:
    folder = model_folder(of_one_model(path))
    specification = read_specification(folder)
    graph_file(folder, specification)  # an error before there is a run
    warnings = seen_warnings(folder, specification, config, data, split, use="Distilled from")
    mapping = emotion_mapping(specification, data.labels, config.labels.merge)
    return Teacher(folder, specification, mapping, warnings)


def emotion_mapping(
    teacher: ModelSpecification, labels: LabelSet, merge: Mapping[str, str]
) -> npt.NDArray[np.float64]:
    """1 where an emotion of the teacher counts as one of the student (teacher, student), else 0.

    Parameters
    ----------
    labels : emotions of the student.
    merge : emotion → emotion that it counts as, as in `LabelsConfig`.

    Raises
    ------
    LabelError
        They share fewer than two emotions.
    """
    counted = [merge.get(name, name) for name in teacher.emotions]
    mapping = np.array([[name == own for own in labels] for name in counted], np.float64)
    if np.count_nonzero(mapping.max(0)) < 2:
        raise LabelError(
            f"the teacher {teacher.name} predicts {', '.join(teacher.emotions)}, and this run has "
            f"{', '.join(labels)}: they must share at least two emotions. Map names with "
            "labels.merge, or take another teacher"
        )
    return mapping


def distillation_facts(
    config: DistillationConfig | None, teachers: tuple[Teacher, ...]
) -> DistillationFacts | None:
    """The part of a model's specification about its teachers; None where it has none."""
    if config is None:
        return None
    return DistillationFacts(
        teachers=tuple(teacher.facts for teacher in teachers),
        weight=config.weight,
        temperature=config.temperature,
    )


def student_settings(config: RunConfig) -> RunConfig:
    """The settings of a student, with the split of the first teacher that is the folder of a run.

    That split replaces those in the settings for the corpora that it lists.
    """
    teachers = config.distillation.teachers if config.distillation is not None else ()
    split = next((s for path in teachers if (s := RunFolder(path).split).is_file()), None)
    if split is None:
        return config
    listed = {name.partition("/")[0] for name in Split.load(split).parts}
    names = listed & {corpus.read().name for corpus in config.corpora}
    splits = config.corpus_splits | {name: FileConfig(path=split) for name in sorted(names)}
    return config.model_copy(update={"corpus_splits": splits})
