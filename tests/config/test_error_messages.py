from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError, field_validator

from emotion_classifier.config import StrictConfig
from emotion_classifier.config.document import Document, KeyPath
from emotion_classifier.config.error_messages import locate, message
from emotion_classifier.config.schema import Schema

_CORPORA: list[object] = [{"kind": "toy"}]


def _message(cls: type[StrictConfig], data: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        cls.model_validate(data)
    return message(cls, Document(data, {(): "here"}), caught.value.errors())


def _run(cls: type[StrictConfig], **data: object) -> str:
    return _message(cls, {"corpora": _CORPORA, **data})


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"sede": 3}, "sede: unknown key (value 3); did you mean 'seed'? Valid keys: experiment, seed, corpora, split, model, training, extra"),
        ({"model": {"network": {"kind": "mlp", "zzz": [1]}}}, "model.network.zzz: unknown key (value [1]). Valid keys: kind, width"),
        ({"seed": -1}, "seed: got -1: Input should be greater than or equal to 0"),
        ({"seed": 1.5}, "seed: got 1.5: Input should be a valid integer, got a number with a fractional part"),
        ({"seed": "7a"}, 'seed: got "7a": Input should be a valid integer, unable to parse string as an integer'),
        ({"seed": None}, "seed: got null: Input should be a valid integer; remove the key to take its default"),
        ({"experiment": 7}, "experiment: got 7: Input should be a valid string; quote it: '7'"),
        ({"experiment": ""}, 'experiment: got "": String should have at least 1 character'),
        ({"training": {"patience": "no"}}, 'training.patience: got "no": Input should be a valid integer, unable to parse string as an integer'),
        ({"training": {"monitor": "UAR"}}, "training.monitor: got \"UAR\": Input should be 'uar' or 'loss'; did you mean 'uar'?"),
        ({"training": {"precision": "float23"}}, "training.precision: got \"float23\": Input should be 'float32' or 'bf16'; did you mean 'float32'?"),
        ({"training": {"devices": "atuo"}}, "training.devices: got \"atuo\": Input should be a valid integer, unable to parse string as an integer or Input should be 'auto'; did you mean 'auto'?"),
        ({"training": {"shuffle": "maybe"}}, 'training.shuffle: got "maybe": Input should be a valid boolean, unable to interpret input'),
        ({"training": {"learning_rate": float("inf")}}, "training.learning_rate: got Infinity: Input should be a finite number"),
        ({"training": None}, "training: got null: Input should be a section (keys with values); remove the key to take its default"),
        ({"split": {"kind": "fold"}}, "split.kind: got \"fold\": Input should be one of fractions, folds; did you mean 'folds'?"),
        ({"split": {"folds": 3}}, "split.kind: Field required. Input should be one of fractions, folds, such as split={\"kind\": \"folds\", \"folds\": 3}"),
        ({"split": {"fold": 3}}, "split.kind: Field required. Input should be one of fractions, folds"),
        ({"split": "folds"}, 'split: got "folds": Input should be a section (keys with values); write {kind: folds}'),
        ({"split": {"kind": "fractions", "fractions": [1, 1, 1]}}, "split: the fractions sum to 3, not to 1"),
        ({"split": {"kind": "fractions", "fractions": [0.5, "x", 0.5]}}, 'split.fractions.1: got "x": Input should be a valid number, unable to parse string as a number'),
        ({"split": {"kind": "fractions", "fractions": [0.5, 0.5]}}, "split.fractions.2: Field required"),
        ({"split": {"kind": "fractions", "fractions": [0.5, 0.5, 0, 0]}}, "split.fractions: got [0.5, 0.5, 0, 0]: List should have at most 3 items, not 4"),
        ({"model": {"network": {"kind": "cnn", "channels": 16}}}, "model.network.channels: got 16: Input should be a list"),
        ({"model": {"network": {"kind": "cnn", "channels": [16, 0]}}}, "model.network.channels.1: got 0: Input should be greater than 0"),
        ({"corpora": []}, "corpora: got []: List should have at least 1 item, not 0"),
        ({"corpora": [{"kind": "folder"}]}, "corpora.0.path: Field required: Folder of the clips."),
        ({"corpora": [{"kind": "folder", "path": "x", "votes": {"sad": 2}}]}, "corpora.0.votes.sad: got 2: Input should be less than or equal to 1"),
        ({"corpora": [{"kind": "toy"}, {"kind": "tot"}]}, "corpora.1.kind: got \"tot\": Input should be one of folder, toy; did you mean 'toy'?"),
        ({"extra": {"kind": "toy", "speakers": 0}}, "extra.speakers: got 0: Input should be greater than or equal to 1"),
        ({"seed": True}, "seed: got true: Input should be a number, not true or false"),
    ],
)  # fmt: skip
def test_each_error_has_key_rule_value_and_remedy(
    run_config: type[StrictConfig], data: dict[str, Any], text: str
) -> None:
    assert _run(run_config, **data) == f"here: {text}"


def test_all_errors_are_reported_at_once_under_a_heading(run_config: type[StrictConfig]) -> None:
    text = _message(run_config, {"seed": -1, "sead": 0, "training": {"epochs": "x"}})
    heading, *lines = text.split("\n")
    assert heading == "4 problems in the settings:"
    assert [line.split(": ")[1] for line in lines] == ["seed", "corpora", "training.epochs", "sead"]
    assert all(line.startswith("  here: ") for line in lines)


def test_of_very_many_errors_the_first_are_reported(run_config: type[StrictConfig]) -> None:
    text = _message(run_config, {f"key{i}": "x" * 10_000 for i in range(2000)})
    assert text.startswith("2001 problems")
    assert text.endswith("and 1981 more")
    assert len(text) < 10_000


def test_a_long_text_is_cut(run_config: type[StrictConfig]) -> None:
    text = _run(run_config, seed="x" * 1000)
    assert len(text) < 200
    assert "xxx…" in text


def test_the_message_of_a_validator_is_shown_with_the_value() -> None:
    class OddConfig(StrictConfig):
        size: int = 1

        @field_validator("size")
        @classmethod
        def check(cls, value: int) -> int:
            if value % 2 == 0:
                raise ValueError(f"must be odd: write {value + 1}")
            return value

    assert _message(OddConfig, {"size": 4}) == "here: size: got 4: must be odd: write 5"


def test_the_message_of_a_validator_of_a_union_is_shown() -> None:
    class AscendingConfig(StrictConfig):
        layers: Literal["last"] | tuple[int, ...] = "last"

        @field_validator("layers")
        @classmethod
        def check(cls, layers: str | tuple[int, ...]) -> str | tuple[int, ...]:
            if list(layers) != sorted(layers):
                raise ValueError("must ascend")
            return layers

    assert _message(AscendingConfig, {"layers": [2, 1]}) == "here: layers: got [2, 1]: must ascend"


def test_a_union_of_plain_types_is_one_error() -> None:
    class UnionConfig(StrictConfig):
        value: Annotated[int, Field(ge=3)] | tuple[float, ...] = 3

    text = _message(UnionConfig, {"value": ["x", "y"]})
    assert text == (
        'here: value: got ["x", "y"]: Input should be a valid integer or Input should be a valid '
        "number, unable to parse string as a number"
    )


def test_an_error_at_the_root_has_no_key(run_config: type[StrictConfig]) -> None:
    with pytest.raises(ValidationError) as caught:
        run_config.model_validate(5)
    text = message(run_config, Document({}, {(): "here"}), caught.value.errors())
    assert text == ("here: got 5: Input should be a section (keys with values)")


def test_the_options_of_a_kind_that_an_override_left_have_a_remedy(
    run_config: type[StrictConfig],
) -> None:
    data: dict[str, Any] = {
        "corpora": _CORPORA,
        "model": {"network": {"kind": "mlp", "dropout": 0.5}},
    }
    origins: dict[KeyPath, str] = {
        (): "x.yml",
        ("model", "network", "kind"): "override 'model.network.kind=mlp'",
    }
    with pytest.raises(ValidationError) as caught:
        run_config.model_validate(data)
    text = message(run_config, Document(data, origins), caught.value.errors())
    assert text == (
        "x.yml: model.network.dropout: unknown key (value 0.5). Valid keys: kind, width. "
        "To drop the options of the former kind: model.network={kind: mlp}"
    )


def test_a_section_in_a_union_of_plain_types_is_one_error() -> None:
    class InnerConfig(StrictConfig):
        size: int

    class UnionConfig(StrictConfig):
        value: InnerConfig | str = ""

    text = _message(UnionConfig, {"value": {"sise": 3}})
    assert text == (
        'here: value: got {"sise": 3}: Field required or Extra inputs are not permitted or Input '
        "should be a valid string"
    )


@pytest.mark.parametrize(
    ("loc", "path", "option"),
    [
        ((), (), "experiment"),
        (("seed",), ("seed",), "experiment"),
        (("sead",), ("sead",), "experiment"),
        (("sead", "x"), ("sead",), "experiment"),
        (("corpora", 0), ("corpora", 0), "experiment"),
        (("corpora", 0, "folder", "path"), ("corpora", 0, "path"), "path"),
        (("corpora", 1, "toy", "toy"), ("corpora", 1, "toy"), "speakers"),
        (
            ("corpora", 0, "folder", "votes", "path"),
            ("corpora", 0, "votes", "path"),
            "path",
        ),
        # the kind has the name of a key
        (("split", "fractions", "fractions", 1), ("split", "fractions", 1), "fractions"),
        (("split", "fractions"), ("split",), "experiment"),
        (("model", "network", "cnn", "channels", 3), ("model", "network", "channels", 3), "channels"),
        (("training", "devices", "literal['auto']"), ("training", "devices"), "epochs"),
        (("extra", "toy", "speakers"), ("extra", "speakers"), "speakers"),
    ],
)  # fmt: skip
def test_the_tags_of_unions_are_no_part_of_the_key(
    run_config: type[StrictConfig],
    loc: tuple[str | int, ...],
    path: tuple[str | int, ...],
    option: str,
) -> None:
    location = locate(Schema.of(run_config), loc)
    assert location.path == path
    assert option in location.section.options


def test_the_kind_that_chose_a_section_is_known(run_config: type[StrictConfig]) -> None:
    schema = Schema.of(run_config)
    location = locate(schema, ("model", "network", "mlp", "x"))
    assert location.kind_path == ("model", "network", "kind")
    assert locate(schema, ("training", "epochs")).kind_path is None
