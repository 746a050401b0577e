from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_classifier.corpora.splits import FileConfig, Part, Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError, LabelError, LeakError, ModelFolderError
from emotion_classifier.experiments.cross_validation.folds import numbered_folds
from emotion_classifier.experiments.cross_validation.left_out_corpora import _plan
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.train.config import (
    DistillationConfig,
    PretrainedWeightsConfig,
    RunConfig,
)
from emotion_classifier.experiments.train.teachers import (
    Teacher,
    distillation_facts,
    emotion_mapping,
    find_teachers,
    student_settings,
)
from emotion_classifier.model_folder.card import to_markdown
from emotion_classifier.model_folder.folder import (
    GRAPH,
    file_hash,
    read_specification,
    write_specification,
)
from emotion_classifier.model_folder.specification import (
    DistillationFacts,
    ModelSpecification,
    TeacherFacts,
    TrainingData,
)
from emotion_classifier.progress import ignore

STUDENT = LabelSet(("neutral", "happy", "sad"))
HERE: Mapping[str, Part] = {"a": "train", "b": "validation", "c": "test"}


def data(corpus: str) -> TrainingData:
    return TrainingData(corpus=corpus, licence="none", speakers=1, clips=1)


def specification(*emotions: str) -> ModelSpecification:
    return ModelSpecification(
        name="teacher",
        emotions=emotions,
        input={},
        architecture={},
        parameters=1,
        training_data=(),
    )


def teacher_of(*emotions: str, merge: Mapping[str, str] | None = None) -> Teacher:
    found = specification(*emotions)
    return Teacher(Path("teacher"), found, emotion_mapping(found, STUDENT, merge or {}))


def utterances(corpus: str) -> list[Utterance]:
    return [Utterance(f"{corpus}/{s}", Path(s), corpus, s, "sad") for s in "abcd"]


def run_data(*corpora: str) -> RunData:
    found = tuple(u for corpus in corpora for u in utterances(corpus))
    return RunData(STUDENT, found, {}, (), (), {}, {})


def config(*teachers: Path, **settings: Any) -> RunConfig:
    corpora = [{"kind": "toy", "path": "toy"}]
    distillation = {"teachers": [str(path) for path in teachers]}
    return RunConfig.model_validate({"corpora": corpora, "distillation": distillation, **settings})


@pytest.fixture
def run(untrained_model: Path, tmp_path: Path) -> Path:
    """The folder of a run, trained on speaker a of `own`; b is in its validation part, c in its test part."""
    folder = tmp_path / "run"
    model = Path(shutil.copytree(untrained_model, folder / "model"))
    learned = read_specification(model).model_copy(update={"training_data": (data("own"),)})
    write_specification(model, learned)
    split = Split({f"own/{speaker}": part for speaker, part in HERE.items()})
    split.save(folder / "split.csv", utterances("own"))
    return folder


def test_emotions_of_a_smaller_and_a_larger_teacher() -> None:
    smaller = teacher_of("sad", "neutral")
    assert smaller.shared.tolist() == [True, False, True]
    np.testing.assert_allclose(smaller.distributions(np.array([0.2, 0.8]), 1.0), [0.8, 0, 0.2])
    larger = teacher_of("neutral", "happy", "sad", "angry")
    found = larger.distributions(np.array([[0.1, 0.1, 0.2, 0.6], [0, 0, 0, 1.0]]), 1.0)
    np.testing.assert_allclose(found, [[0.25, 0.25, 0.5], [1 / 3] * 3])


def test_merged_emotions_add_up() -> None:
    merged = teacher_of("neutral", "calm", "sad", merge={"calm": "neutral"})
    np.testing.assert_allclose(merged.distributions(np.array([0.2, 0.3, 0.5]), 1.0), [0.5, 0, 0.5])


def test_the_temperature_flattens_a_distribution() -> None:
    found = teacher_of("neutral", "happy", "sad").distributions(np.array([0.64, 0.04, 0.32]), 2.0)
    expected = np.sqrt([0.64, 0.04, 0.32])
    np.testing.assert_allclose(found, expected / expected.sum())


@pytest.mark.parametrize("emotions", [("angry", "disgust"), ("sad", "angry")])
def test_a_teacher_with_fewer_than_two_emotions_of_the_student_is_refused(
    emotions: tuple[str, ...],
) -> None:
    with pytest.raises(LabelError, match=r"angry.*neutral, happy, sad.*at least two"):
        teacher_of(*emotions)


def test_without_distillation_there_are_no_teachers() -> None:
    settings = config(Path("x")).model_copy(update={"distillation": None})
    assert find_teachers(settings, run_data("own"), Split({})) == ()
    assert distillation_facts(None, ()) is None


def test_a_missing_teacher_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="does not exist"):
        find_teachers(config(tmp_path / "nowhere"), run_data("own"), Split({}))


def test_a_teacher_with_the_same_split_gives_no_warning(run: Path) -> None:
    split = Split.load(run / "split.csv")
    (teacher,) = find_teachers(config(run), run_data("own"), split)
    assert teacher.warnings == ()
    assert teacher.facts.name == "untrained"
    assert teacher.facts.sha256 == file_hash(run / "model" / GRAPH)


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_teacher_that_was_trained_on_scored_speakers_is_refused_or_a_leak(
    run: Path, part: Part
) -> None:
    split = Split({"own/a": part})
    with pytest.raises(LeakError, match=rf"own/a is in {part} here and in train of"):
        find_teachers(config(run), run_data("own"), split)
    allowed = config(run, split={"kind": "speakers", "allow_leak": True})
    (teacher,) = find_teachers(allowed, run_data("own"), split)
    assert [warning.partition(":")[0] for warning in teacher.warnings] == ["Leak"]


def test_a_teacher_outside_its_run_gives_a_warning_for_each_shared_corpus(run: Path) -> None:
    (run / "split.csv").unlink()
    for corpora, count in ((("own", "new"), 1), (("new",), 0)):
        (teacher,) = find_teachers(config(run), run_data(*corpora), Split({}))
        assert len(teacher.warnings) == count
        assert all(
            "Distilled from untrained, which saw own" in warning for warning in teacher.warnings
        )


def test_the_teachers_of_a_teacher_give_a_warning(run: Path) -> None:
    before = TeacherFacts(name="first", sha256="0" * 64, training_data=(data("old"),))
    facts = DistillationFacts(teachers=(before,), weight=0.5, temperature=1.0)
    model = run / "model"
    write_specification(model, read_specification(model).model_copy(update={"distillation": facts}))
    split = Split.load(run / "split.csv")
    (teacher,) = find_teachers(config(run), run_data("own", "old"), split)
    (warning,) = teacher.warnings
    assert "which saw old" in warning
    assert [one.corpus for one in teacher.facts.training_data] == ["own", "old"]


def test_the_card_names_teachers_and_lists_their_data(run: Path) -> None:
    (teacher,) = find_teachers(config(run), run_data("new"), Split({}))
    facts = distillation_facts(config(run).distillation, (teacher,))
    student = specification("neutral", "sad").model_copy(
        update={"distillation": facts, "training_data": (data("new"),)}
    )
    assert [one.corpus for one in student.all_training_data] == ["new", "own"]
    card = to_markdown(student)
    assert "predictions of untrained (distillation; weight 0.5, temperature 1)" in card
    assert "| own |" in card


def test_the_split_of_the_first_run_is_used_for_the_corpora_that_it_lists(
    run: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.wav").touch()
    table = tmp_path / "table.csv"
    table.write_text("file,speaker,emotion\na.wav,a,sad\n", "utf-8")
    corpora = [{"kind": "table", "path": str(table), "name": name} for name in ("own", "new")]
    settings = student_settings(config(Path("default"), run, corpora=corpora))
    assert settings.corpus_splits == {"own": FileConfig(path=run / "split.csv")}
    alone = config(Path("default"), corpora=corpora)
    assert student_settings(alone) == alone


def test_each_fold_has_its_own_teachers_and_pretrained_weights() -> None:
    split = {"kind": "k_fold", "folds": 2, "fold": 1}
    settings = config(
        Path("runs/x/teacher-{fold}"),
        Path("default"),
        split=split,
        pretrained_weights={"path": "runs/x/frozen-{fold}", "kept_share": 0.5},
    )
    (fold,) = numbered_folds(settings, ["2"])
    chosen = fold.config.distillation
    assert chosen is not None
    assert chosen.teachers == (Path("runs/x/teacher-fold2"), Path("default"))
    start = fold.config.pretrained_weights
    assert start == PretrainedWeightsConfig(path=Path("runs/x/frozen-fold2"), kept_share=0.5)
    assert DistillationConfig(teachers=(Path("x-{fold}"),)).of_fold("all").teachers == (
        Path("x-all"),
    )


def test_the_teachers_of_all_folds_are_none_of_a_single_run() -> None:
    both = RunData(LabelSet(("neutral", "sad")), (), {}, (), (), {}, {})
    with pytest.raises(ConfigError, match="such as teacher-fold1"):
        find_teachers(config(Path("teacher-{fold}")), both, Split({}))


def test_each_left_out_corpus_has_its_own_teachers() -> None:
    found = tuple(
        Utterance(f"{corpus}/{emotion}", Path(emotion), corpus, "a", emotion)
        for corpus in ("toy", "new one")
        for emotion in ("neutral", "sad")
    )
    both = RunData(LabelSet(("neutral", "sad")), found, {}, (), (), {}, {})
    chosen = _plan(config(Path("teacher-{fold}")), both, "new one", ignore).config.distillation
    assert chosen is not None and chosen.teachers == (Path("teacher-without-new-one"),)
