from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.config import StrictConfig, dump_config, load_config, parse_config
from emotion_classifier.errors import ConfigError

_YAML = """\
experiment: no
corpora:
  - kind: folder
    path: ../data/toy
    votes: {sad: 0.5}
  - kind: toy
split:
  kind: folds
  folds: 4
training:
  learning_rate: 1e-4
  shuffle: off
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "run.yml"
    path.write_text(text, encoding="utf-8")
    return path


def _message(cls: type[StrictConfig], path: Path | None, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(cls, path, overrides)
    return str(caught.value)


def test_a_file_and_the_defaults(tmp_path: Path, run_config: type[StrictConfig]) -> None:
    data = load_config(run_config, _file(tmp_path, _YAML)).model_dump()
    assert data["experiment"] == "no"
    assert data["seed"] == 0
    # as written: from the working directory, not from the folder of the file
    assert data["corpora"][0] == {
        "kind": "folder",
        "path": Path("../data/toy"),
        "votes": {"sad": 0.5},
    }
    assert data["corpora"][1] == {"kind": "toy", "speakers": 8}
    assert data["split"] == {"kind": "folds", "folds": 4}
    assert data["training"]["learning_rate"] == 1e-4
    assert data["training"]["shuffle"] is False


def test_overrides_change_the_file(tmp_path: Path, run_config: type[StrictConfig]) -> None:
    overrides = ["corpora.0.path=b", "corpora.2={kind: toy, speakers: 3}", "split.folds=9"]
    data = load_config(run_config, _file(tmp_path, _YAML), overrides).model_dump()
    assert data["corpora"][0]["path"] == Path("b")
    assert [corpus["kind"] for corpus in data["corpora"]] == ["folder", "toy", "toy"]
    assert data["split"]["folds"] == 9


def test_without_a_file_the_overrides_change_the_defaults(run_config: type[StrictConfig]) -> None:
    config = load_config(run_config, None, ["corpora.0.kind=toy"])
    assert config == parse_config(run_config, {"corpora": [{"kind": "toy"}]})


def test_dumped_settings_load_as_the_same(tmp_path: Path, run_config: type[StrictConfig]) -> None:
    config = load_config(run_config, _file(tmp_path, _YAML))
    dumped = dump_config(config)
    again = load_config(run_config, _file(tmp_path, dumped))
    assert again == config
    assert dump_config(again) == dumped


def test_every_mistake_has_its_line_or_its_override(
    tmp_path: Path, run_config: type[StrictConfig]
) -> None:
    path = _file(tmp_path, _YAML.replace("folds: 4", "fols: 4").replace("kind: toy", "kind: tyo"))
    message = _message(run_config, path, "training.epochs=0", "corpora.2.kind=folder")
    assert message.split("\n") == [
        "4 problems in the settings:",
        f"  {path}:6: corpora.1.kind: got 'tyo', expected one of folder, toy; did you mean 'toy'?",
        "  override 'corpora.2.kind=folder': corpora.2.path: missing; expected path - "
        "Folder of the clips.",
        f"  {path}:9: split.fols: unknown key (value 4); did you mean 'folds'? "
        "Valid keys: kind, folds",
        "  override 'training.epochs=0': training.epochs: got 0, expected whole number (1 to 1000)",
    ]


def test_a_missing_option_names_the_file_or_the_settings(
    tmp_path: Path, run_config: type[StrictConfig]
) -> None:
    path = _file(tmp_path, "")
    assert _message(run_config, path).startswith(f"{path}: corpora: missing; expected list")
    assert _message(run_config, None).startswith("settings: corpora: missing; expected list")


def test_true_is_no_number(tmp_path: Path, run_config: type[StrictConfig]) -> None:
    text = "seed: true\ncorpora:\n- {kind: folder, path: a, votes: {sad: false}}\n"
    path = _file(tmp_path, text + "model: {network: {kind: cnn, channels: [8, true]}}")
    assert _message(run_config, path, "training.devices=true").split("\n") == [
        "4 problems in the settings:",
        f"  {path}:1: seed: got true, expected a number",
        f"  {path}:3: corpora.0.votes.sad: got false, expected a number",
        f"  {path}:4: model.network.channels.1: got true, expected a number",
        "  override 'training.devices=true': training.devices: got true, expected a number",
    ]


def test_plain_data_is_checked_alike(run_config: type[StrictConfig]) -> None:
    config = parse_config(run_config, {"corpora": ({"kind": "folder", "path": Path("a")},)})
    assert config.model_dump()["corpora"][0]["path"] == Path("a")
    with pytest.raises(ConfigError, match=r"^trial 7: seed: got -1, expected whole number"):
        parse_config(run_config, {"corpora": [{"kind": "toy"}], "seed": -1}, "trial 7")
