from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.errors import ConfigError, RunError
from emotion_classifier.experiments.run_list.config import RunList, read_run_list


@pytest.fixture
def list_file(tmp_path: Path) -> Path:
    return tmp_path / "models.yml"


def read(path: Path, text: str, *overrides: str) -> RunList:
    path.write_text(f"base: toy\n{text}", "utf-8")
    return read_run_list(path, overrides)


def test_named_differences_change_the_base(list_file: Path) -> None:
    text = """
    settings: {training.epochs: 3}
    runs:
      plain: {}
      small:
        model.network: {kind: mlp}
        training: {batch_size: 4}
    """.replace("\n    ", "\n")
    listed = read(list_file, text, "seed=5")
    plain, small = (run.config for run in listed.runs)
    assert listed.experiment == plain.experiment == "models"
    assert (plain.label, small.label) == ("plain", "small")
    assert plain.training.epochs == small.training.epochs == 3
    assert plain.seed == small.seed == 5
    assert (plain.model.network.kind, small.model.network.kind) == ("cnn", "mlp")
    # A map without a kind changes single settings of the section.
    assert small.training.batch_size == 4
    assert small.training.learning_rate == plain.training.learning_rate == 3e-3
    assert listed.runs[0].differences == {}


def test_a_grid_has_a_run_for_each_combination(list_file: Path) -> None:
    grid = "grid:\n  model.network: [{kind: cnn, channels: [4, 8]}, {kind: mlp}]\n  seed: [0, 1]\n"
    runs = read(list_file, f"experiment: e\n{grid}").runs
    assert [run.config.label for run in runs] == [
        "network-cnn-channels-4-8-seed-0",
        "network-cnn-channels-4-8-seed-1",
        "network-mlp-seed-0",
        "network-mlp-seed-1",
    ]
    assert [run.config.seed for run in runs] == [0, 1, 0, 1]
    assert runs[3].differences == {"model.network": {"kind": "mlp"}, "seed": 1}


@pytest.mark.parametrize(
    "text",
    [
        "grid:\n  model.network.channels: [[4], [8]]\n  model.network: [{kind: cnn}]\n",
        "runs: {a: {model.network.channels: [4]}}\ngrid: {model.network: [{kind: cnn}]}\n",
        "runs: {a: {training.epochs: 3, training: {}}}\n",
    ],
)
def test_section_that_replaces_an_earlier_difference_is_refused(list_file: Path, text: str) -> None:
    """Label and summary would name a difference that the run does not have."""
    with pytest.raises(ConfigError, match="which would have no effect: write the section first"):
        read(list_file, text)


def test_setting_inside_a_section_that_is_given_before_it_changes_it(list_file: Path) -> None:
    grid = "grid:\n  model.network: [{kind: cnn}]\n  model.network.channels: [[4], [8]]\n"
    networks = [run.config.model.network for run in read(list_file, grid).runs]
    assert [network.model_dump()["channels"] for network in networks] == [(4,), (8,)]
    merged = "runs: {a: {training.epochs: 3, training: {batch_size: 4}}}\n"
    (run,) = read(list_file, merged).runs
    assert (run.config.training.epochs, run.config.training.batch_size) == (3, 4)


def test_named_differences_are_repeated_at_each_point_of_the_grid(list_file: Path) -> None:
    text = "runs:\n  a: {}\n  b: {training.epochs: 2}\ngrid: {seed: [0, 1]}\n"
    runs = read(list_file, text).runs
    assert [run.config.label for run in runs] == ["a-seed-0", "a-seed-1", "b-seed-0", "b-seed-1"]
    assert [run.config.training.epochs for run in runs] == [15, 15, 2, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("runs:\n  a: {}\n  a: {seed: 1}\n", r":4: duplicate key 'a'"),
        ("grid: {seed: [1, 1]}\n", "two runs have the label seed-1"),
        ("runs: {Cnn: {}, cnn: {}, lstm: {}}\n", "two runs have the label Cnn, cnn, or differ"),
        ("runs:\n  a:\n    training.epoch: 1\n", r":4: training.epoch: unknown key"),
        ("runs:\n  a:\n    training:\n      epoch: 1\n", r":5: training.epoch: unknown key"),
        ("grid: {seed: []}\n", r":2: grid.seed has no value"),
        ("grid: {}\n", "lists no run"),
        ("runs:\n  a:\n    label: x\n", r":4: runs.a.label: "),
        ("grid: {label: [x, y]}\n", r":2: grid.label: "),
        ("rnus: {a: {}}\n", r":2: rnus: unknown key.*did you mean 'runs'"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, message: str, list_file: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        read(list_file, text)


def test_a_missing_finished_run_is_named_with_its_line(list_file: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r":4: finished.old: .*absent is not the folder"):
        read(list_file, f"runs: {{a: {{}}}}\nfinished:\n  old: {tmp_path / 'absent'}\n")


def test_a_finished_run_has_a_label_of_its_own(list_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="two runs have the label a"):
        read(list_file, f"runs: {{a: {{}}}}\nfinished: {{a: {tmp_path}}}\n")
