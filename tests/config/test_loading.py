from __future__ import annotations

from pathlib import Path
from typing import Any

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


def test_each_error_has_its_line_or_its_override(
    tmp_path: Path, run_config: type[StrictConfig]
) -> None:
    path = _file(tmp_path, _YAML.replace("folds: 4", "fols: 4").replace("kind: toy", "kind: tyo"))
    message = _message(run_config, path, "training.epochs=0", "corpora.2.kind=folder")
    assert message.split("\n") == [
        "4 problems in the settings:",
        f'  {path}:6: corpora.1.kind: got "tyo": Input should be one of folder, toy; '
        "did you mean 'toy'?",
        "  override 'corpora.2.kind=folder': corpora.2.path: Field required: Folder of the clips.",
        f"  {path}:9: split.fols: unknown key (value 4); did you mean 'folds'? "
        "Valid keys: kind, folds",
        "  override 'training.epochs=0': training.epochs: "
        "got 0: Input should be greater than or equal to 1",
    ]


def test_a_missing_option_names_the_file_or_the_settings(
    tmp_path: Path, run_config: type[StrictConfig]
) -> None:
    path = _file(tmp_path, "")
    assert _message(run_config, path).startswith(
        f"{path}: corpora: Field required: The clips to learn from."
    )
    assert _message(run_config, None).startswith(
        "settings: corpora: Field required: The clips to learn from."
    )


def test_true_is_refused_as_a_number(tmp_path: Path, run_config: type[StrictConfig]) -> None:
    text = "seed: 1\ncorpora:\n- {kind: folder, path: a, votes: {sad: false}}\n"
    path = _file(tmp_path, text + "model: {network: {kind: cnn, channels: [8, true]}}")
    rule = "Input should be a number, not true or false"
    assert _message(run_config, path, "training.devices=true", "split.kind=").split("\n") == [
        "4 problems in the settings:",
        f"  {path}:3: corpora.0.votes.sad: got false: {rule}",
        "  override 'split.kind=': split.kind: got null: Input should be one of fractions, folds",
        f"  {path}:4: model.network.channels.1: got true: {rule}",
        f"  override 'training.devices=true': training.devices: got true: {rule}",
    ]
    assert _message(run_config, None, "seed=true", "corpora.0.kind=toy") == (
        f"override 'seed=true': seed: got true: {rule}"
    )


def test_plain_data_are_validated_alike(run_config: type[StrictConfig]) -> None:
    config = parse_config(run_config, {"corpora": ({"kind": "folder", "path": Path("a")},)})
    assert config.model_dump()["corpora"][0]["path"] == Path("a")
    with pytest.raises(
        ConfigError, match=r"^trial 7: seed: got -1: Input should be greater than or equal to 0$"
    ):
        parse_config(run_config, {"corpora": [{"kind": "toy"}], "seed": -1}, "trial 7")


@pytest.mark.parametrize(
    "text",
    [
        "C:\\new\\temp",
        'it\'s "quoted"',
        "a: b, c:",
        "a #1",
        "#1",
        "[x] {y}",
        "*a & !b",
        "größe/日本",
        "a=b",
        "01",
        "1e3",
        "true",
        "null",
        "~",
        "- a",
        "%TEMP%",
        "@x",
        "a\nb",
    ],
)
def test_texts_and_paths_of_overrides_are_data(run_config: type[StrictConfig], text: str) -> None:
    overrides = [
        "corpora.0.kind=folder",
        f"corpora.0.path={text}",
        "corpora.1={kind: folder}",
        f"corpora.1.path={text}",
        f"extra.path='{text}'",
        "extra.kind=folder",
        f"experiment={text}",
    ]
    data = load_config(run_config, None, overrides).model_dump()
    assert data["experiment"] == text
    assert [corpus["path"] for corpus in data["corpora"]] == [Path(text), Path(text)]
    assert data["extra"]["path"] == Path(text)


class OptionalTextConfig(StrictConfig):
    name: str | None = "x"
    names: dict[str, str] = {}
    several: tuple[str, ...] | str = ()


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("name=", "name", None),
        ("name=null", "name", None),
        ("name= ~ ", "name", None),
        ("name='null'", "name", "null"),
        ('name=" a "', "name", " a "),
        ("names.x=1", "names", {"x": "1"}),
        ("names={x: y}", "names", {"x": "y"}),
        ("several=[a, b]", "several", ("a", "b")),
    ],
)
def test_null_quotes_and_lists_in_overrides(override: str, key: str, value: object) -> None:
    assert load_config(OptionalTextConfig, None, [override]).model_dump()[key] == value


class AnyConfig(StrictConfig):
    a: Any = {"b": 1, "c": {"d": 2}}
    e: Any = None
    g: Any = None


_ANY = "a: {b: 1, c: {d: 2}}\ne: [{f: 1}, 2]\n"


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("a.b=2", "a", {"b": 2, "c": {"d": 2}}),
        ("a.b=1e-3", "a", {"b": 0.001, "c": {"d": 2}}),
        ("a.c={x: [1, no]}", "a", {"b": 1, "c": {"x": [1, "no"]}}),
        ("a.c.n.m=1", "a", {"b": 1, "c": {"d": 2, "n": {"m": 1}}}),
        ("a=", "a", None),
        ("e.0.f=7", "e", [{"f": 7}, 2]),
        ("e.1=7", "e", [{"f": 1}, 7]),
        ("e.2.f=7", "e", [{"f": 1}, 2, {"f": 7}]),
        ("g.h=1", "g", {"h": 1}),
        ("g.0.h=1", "g", [{"h": 1}]),
        ("g.0=a=b", "g", ["a=b"]),
        (" g = '01' ", "g", "01"),
    ],
)
def test_an_override_changes_its_key_and_no_other(
    tmp_path: Path, override: str, key: str, value: object
) -> None:
    path = _file(tmp_path, _ANY)
    before = load_config(AnyConfig, path).model_dump()
    assert load_config(AnyConfig, path, [override]).model_dump() == {**before, key: value}


def test_the_last_override_wins(tmp_path: Path) -> None:
    overrides = ["e.2=1", "e.3=2", "e.2=3"]
    assert load_config(AnyConfig, _file(tmp_path, _ANY), overrides).e == [{"f": 1}, 2, 3, 2]


def test_the_message_of_a_long_override_is_cut() -> None:
    message = _message(AnyConfig, None, f"x={'x' * 100}")
    assert message.startswith("override 'x=xxx")
    assert "x…': x: unknown key" in message


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("epochs", "not of the form key=value, for example"),
        ("=3", "not of the form key=value"),
        ("a..b=3", "not of the form key=value"),
        (".a=3", "not of the form key=value"),
        ("", "not of the form key=value"),
        ("e.3=1", "e has length 2, so '3' must be a position from 0 to 2 (2 appends)"),
        ("e.x=1", "'x' must be a position from 0 to 2"),
        ("e.-1=1", "'-1' must be a position from 0 to 2"),
        ("g.1.x=1", "g has length 0, so '1' must be a position from 0 to 0"),
        ("a.b.x=1", "a.b is the value 1, which has no key 'x'; set it as a whole: a.b=..."),
        ("a=[1", "not valid YAML"),
        ("a={b: 1, b: 2}", "duplicate key 'b'"),
        ("a=!!python/name:os.system x", "is not allowed"),
    ],
)
def test_a_malformed_override_is_refused_with_the_rule(
    tmp_path: Path, override: str, problem: str
) -> None:
    message = _message(AnyConfig, _file(tmp_path, _ANY), override)
    assert message.startswith(f"override '{override}': ")
    assert problem in message
