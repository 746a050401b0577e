from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.studies.cells import plan_cells
from emotion_classifier.experiments.studies.config import StudyConfig
from emotion_classifier.experiments.studies.design import read_study

STUDIES = sorted((Path(__file__).parents[3] / "configs" / "studies").glob("*.yml"))
BASE = """
question: Which?
name: first
base: toy
factors: {model: {a: {training.epochs: 1}, b: {training.epochs: 2}}}
comparisons: [{factor: model}]
"""


def read(tmp_path: Path, text: str, name: str = "study.yml") -> StudyConfig:
    (tmp_path / name).write_text(text, "utf-8")
    return read_study(tmp_path / name)


def test_design_of_another_file_is_used_and_the_own_question_kept(tmp_path: Path) -> None:
    read(tmp_path, BASE, "first.yml")
    second = read(
        tmp_path,
        "{question: Why?, name: second, design_of: first.yml, confusions: {}, seeds: [3]}",
    )
    assert (second.question, second.seeds, list(second.factors)) == ("Why?", (3,), ["model"])
    assert second.comparisons == ()


def test_design_of_a_file_that_takes_its_own_from_another_is_refused(tmp_path: Path) -> None:
    read(tmp_path, BASE, "first.yml")
    text = "{question: Why?, name: second, design_of: %s, confusions: {}}"
    read(tmp_path, text % "first.yml", "second.yml")
    with pytest.raises(ConfigError, match=r"second\.yml takes its design"):
        read(tmp_path, text % "second.yml", "third.yml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("comparisons: [{factor: modell}]", "'modell' does not exist"),
        ("comparisons: [{factor: model, reference: c}]", "'c' does not exist"),
        ("comparisons: [{factor: model, within: [model]}]", "different factors"),
        ("comparisons: [{factor: model, emotions: [sad]}]", "emotions belong to a measure"),
        ("comparisons: []", "answers nothing"),
        ("policy: {factor: model}", "may set augmentation alone"),
        ("name: a/b", "cannot name a run"),
        ("factors: {model: {a: {}}}", "comparing needs two"),
        ("seeds: [3, 3]", "each seed trains a cell once"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, change: str, message: str) -> None:
    key = change.partition(":")[0]
    kept = [line for line in BASE.splitlines() if not line.startswith(f"{key}:")]
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, "\n".join([*kept, change]))


def test_interaction_with_a_factor_of_one_level_is_refused(tmp_path: Path) -> None:
    text = BASE.replace("{factor: model}", "{factor: model, interaction: features}")
    with pytest.raises(ConfigError, match="features has one level; an interaction"):
        read(tmp_path, text.replace("factors: {", "factors: {features: {x: {}}, "))


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_shipped_study_is_planned(path: Path) -> None:
    study = read_study(path)
    cells = plan_cells(study)
    assert study.name == path.stem
    assert len(cells) == len(list(study.combinations()))
    labels = [config.label for cell in cells for config in cell.configs]
    assert len(set(labels)) == len(labels)


def test_studies_share_the_runs_of_equal_settings() -> None:
    by_name = {path.stem: read_study(path) for path in STUDIES}
    cells = {name: {c.name: c for c in plan_cells(study)} for name, study in by_name.items()}
    expected = cells["architecture_features"]["cnn-mfcc"].configs
    assert cells["normalization"]["per_bin-mfcc"].configs == expected
    assert cells["temporal_models"]["cnn-mfcc"].configs == expected
