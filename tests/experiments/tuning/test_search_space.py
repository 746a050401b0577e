from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.config.loading import read_settings, validated
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.tuning.config import TuningConfig
from emotion_classifier.experiments.tuning.search_space import SearchSpace

HEAD = "study: tuned\nbase: toy\n"
RATE = "  training.learning_rate: {kind: uniform, low: 0.1, high: 1}\n"
TWO_NETWORKS = "  model.network: {kind: categorical, choices: [{kind: cnn}, {kind: lstm}]}\n"


def read(folder: Path, text: str) -> SearchSpace:
    path = folder / "tune.yml"
    path.write_text(text, "utf-8")
    document = read_settings(TuningConfig, path)
    return SearchSpace.read(validated(TuningConfig, document), document)


def test_a_point_is_the_base_with_other_values(tmp_path: Path) -> None:
    dimensions = (
        "  model.network.channels: {kind: categorical, choices: [[8], [8, 16]]}\n"
        "  training.epochs: {kind: integer, low: 2, high: 9}\n"
    )
    settings = "settings: {training.batch_size: 4}\n"
    space = read(tmp_path, HEAD + settings + "search_space:\n" + RATE + dimensions)
    config = space.at({"training.learning_rate": 0.5, "model.network.channels": [8, 16]})
    assert config.training.learning_rate == 0.5
    assert config.model.network.model_dump()["channels"] == (8, 16)
    assert config.training.batch_size == 4
    assert (config.experiment, config.label) == ("tuned", "best")
    assert config.input.seconds == 2.5  # of the recipe
    assert space.most_epochs == 9
    assert space.first_point["training.epochs"] == 2


def test_longest_trial_is_known_where_whole_sections_of_training_vary(tmp_path: Path) -> None:
    choices = "  training: {kind: categorical, choices: [{epochs: 20}, {epochs: 70}, {}]}\n"
    space = read(tmp_path, HEAD + "search_space:\n" + choices)
    assert space.most_epochs == 70


@pytest.mark.parametrize(
    ("dimension", "message"),
    [
        ("training.learning_rat: {kind: uniform, low: 0.1, high: 1}", "mean 'learning_rate'"),
        ("training.learning_rate: {kind: uniform, low: 0, high: 1}", "greater than 0"),
        ("training.learning_rate: {kind: uniform, low: 1, high: 11}", "or equal to 10"),
        ("training.learning_rate: {kind: uniform, low: 1, high: 0.1}", "is not below"),
        ("training.batch_size: {kind: categorical, choices: [8, many]}", '"many"'),
        ("training.batch_size: {kind: categorical, choices: [8, 8]}", "twice"),
        ("training.batch_size: {kind: integer, low: 4, high: 9, step: 4}", "set it to 8"),
        ("training.batch_size: {kind: integr, low: 4, high: 8}", "mean 'integer'"),
        ("trainin.batch_size: {kind: integer, low: 4, high: 8}", "mean 'training'"),
        ("seed: {kind: integer, low: 0, high: 8}", "the same in all trials"),
        ("split.validation: {kind: uniform, low: 0.1, high: 0.2}", "the same in all trials"),
    ],
)
def test_a_dimension_that_no_run_has_is_refused_with_its_line(
    dimension: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"tune\.yml:4: ") as refused:
        read(tmp_path, f"{HEAD}search_space:\n  {dimension}\n")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"search_space:\n{RATE}trails: 3\n", "tune.yml:5: trails: unknown key"),
        (f"search_space:\n{RATE}settings: {{training.epoch: 3}}\n", "tune.yml:5: training.epoch: "),
        (f"search_space:\n{RATE}sampler: grid\n", "cannot take every value"),
        (f"search_space:\n{RATE}metric: war\n", "mean 'uar'"),
        ("search_space: {}\n", "search_space"),
        (
            f"search_space:\n{TWO_NETWORKS}"
            "  model.network.dropout: {kind: uniform, low: 0, high: 0.5}\n",
            "is inside model.network",
        ),
        (
            f"search_space:\n{RATE}metric: accuracy\nsettings: {{training.keep: average}}\n",
            "averaged weights",
        ),
        (
            "settings: {pretrained_weights: {path: default}}\nmetric: accuracy\nsearch_space:\n"
            "  pretrained_weights.kept_share: {kind: categorical, choices: [0.0, 0.5]}\n",
            "set metric: uar, or pretrained_weights.kept_share: 0",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, HEAD + text)
    assert message in str(refused.value)


def test_each_value_of_a_large_space_is_validated(tmp_path: Path) -> None:
    last = {"learning_rate": 0.5, "layer_decay": 0.5, "weight_decay": 0.5, "label_smoothing": 1.5}
    dimensions = "".join(
        f"  training.{name}: {{kind: categorical, choices: [0.1, 0.2, 0.3, 0.4, {value}]}}\n"
        for name, value in last.items()
    )
    with pytest.raises(ConfigError, match=r"label_smoothing: got 1\.5"):
        read(tmp_path, HEAD + "search_space:\n" + dimensions)
