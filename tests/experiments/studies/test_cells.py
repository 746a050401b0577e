from __future__ import annotations

from typing import Any

import pytest

from emotion_classifier.config import parse_config
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.studies.cells import Cell, plan_cells
from emotion_classifier.experiments.studies.config import StudyConfig

FOLDS = {"split": {"kind": "k_fold", "folds": 3, "fold": 1}}
SAMPLING = {
    "none": {"training.sampling": {"kind": "none"}},
    "weighted": {"training.sampling": {"kind": "weighted"}},
    "oversampling": {"training.sampling": {"kind": "oversampling"}},
}


def cells(**settings: Any) -> tuple[Cell, ...]:
    values = {
        "question": "?",
        "name": "s",
        "base": "ravdess_cnn",
        "settings": FOLDS,
        "factors": {"sampling": SAMPLING},
        "comparisons": [{"factor": "sampling"}],
        **settings,
    }
    return plan_cells(parse_config(StudyConfig, values))


def test_cells_are_levels_by_folds_by_seeds() -> None:
    found = cells(folds=[1, 3], seeds=[0, 7])
    assert [cell.name for cell in found] == ["none", "weighted", "oversampling"]
    runs = found[1].runs
    assert [(seed, [c.split.fold for c in runs[seed]]) for seed in runs] == [  # type: ignore[union-attr]
        (0, [1, 3]),
        (7, [1, 3]),
    ]
    assert {config.training.sampling.kind for config in found[1].configs} == {"weighted"}


def test_labels_tell_settings_apart_that_differ_in_a_kind_alone() -> None:
    labels = {config.label for cell in cells() for config in cell.configs}
    assert len(labels) == 9
    assert all(label.startswith("cnn-log_mel-") for label in labels)


def test_label_does_not_depend_on_study_or_factor() -> None:
    (other,) = cells(
        name="t", factors={"x": {"y": SAMPLING["weighted"]}}, comparisons=[], confusions={}
    )
    assert other.configs == cells()[1].configs


def test_label_does_not_depend_on_options_at_their_default() -> None:
    explicit = {**FOLDS, "training.ema_decay": None}
    assert [c.configs for c in cells(settings=explicit)] == [c.configs for c in cells()]


def test_seeds_share_the_split_of_the_first(subtests: Any) -> None:
    first, second = cells(seeds=[2, 5])[0].runs.values()
    assert first[0].seed == 2 and second[0].seed == 5
    assert first[0].split_seed is None and second[0].split_seed == 2
    for runs in cells(seeds=[2, 5], settings={**FOLDS, "split_seed": 7})[0].runs.values():
        assert runs[0].split_seed == 7


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"base": "ravdes_cnn"}, "ravdess_cnn"),
        ({"folds": [4]}, "fold 4"),
        ({"settings": {**FOLDS, "training.epoch": 3}}, "epochs"),
        ({"factors": {"sampling": {"a": {}, "b": {}}}}, "same settings"),
        ({"settings": {}, "base": "toy"}, "folds"),
        (
            {
                "factors": {
                    "x": {"a": SAMPLING["none"], "a-b": SAMPLING["weighted"]},
                    "y": {"c": {"training.epochs": 3}, "b-c": {"training.epochs": 4}},
                },
                "comparisons": [{"factor": "x"}],
            },
            "2 cells are called a-b-c",
        ),
    ],
)
def test_mistakes_are_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        cells(**settings)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"settings": {**FOLDS, "seed": 5}}, r"settings\.seed: 5"),
        ({"factors": {"x": {"y": {}, "z": {"seed": 5}}}}, r"factors\.x\.z\.seed: 5"),
    ],
)
def test_seed_among_the_settings_is_refused(settings: dict[str, Any], named: str) -> None:
    """The seeds of the study would replace it."""
    with pytest.raises(ConfigError, match=rf"{named} would have no effect.*seeds: \[5\]"):
        cells(comparisons=[], confusions={}, **settings)
