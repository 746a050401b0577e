from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError, field_validator

from emotion_classifier.config import StrictConfig
from emotion_classifier.config.document import Document, KeyPath
from emotion_classifier.config.error_messages import describe

_CORPORA: list[object] = [{"kind": "toy"}]


def _message(cls: type[StrictConfig], data: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        cls.model_validate(data)
    return describe(cls, Document(data, {(): "here"}), caught.value.errors())


def _run(cls: type[StrictConfig], **data: object) -> str:
    return _message(cls, {"corpora": _CORPORA, **data})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"sede": 3},
            "sede: unknown key (value 3); did you mean 'seed'? Valid keys: "
            "experiment, seed, corpora, split, model, training, extra",
        ),
        (
            {"model": {"network": {"kind": "mlp", "zzz": [1]}}},
            "model.network.zzz: unknown key (value [1]). Valid keys: kind, width",
        ),
        ({"seed": -1}, "seed: got -1, expected whole number (at least 0)"),
        ({"seed": 1.5}, "seed: got 1.5, expected whole number (at least 0)"),
        ({"seed": "7a"}, "seed: got '7a', expected whole number (at least 0)"),
        (
            {"seed": None},
            "seed: got null, expected whole number (at least 0); remove the key to take its default",
        ),
        (
            {"experiment": 7},
            "experiment: got 7, expected text (at least 1 character); quote it: '7'",
        ),
        ({"experiment": ""}, "experiment: got '', expected text (at least 1 character)"),
        ({"training": {"epochs": 0}}, "training.epochs: got 0, expected whole number (1 to 1000)"),
        (
            {"training": {"patience": "no"}},
            "training.patience: got 'no', expected whole number, or null (at least 0)",
        ),
        (
            {"training": {"monitor": "UAR"}},
            "training.monitor: got 'UAR', expected one of uar, loss; did you mean 'uar'?",
        ),
        (
            {"training": {"precision": "float23"}},
            "training.precision: got 'float23', expected one of float32, bf16; "
            "did you mean 'float32'?",
        ),
        (
            {"training": {"devices": "atuo"}},
            "training.devices: got 'atuo', expected whole number or auto; did you mean 'auto'?",
        ),
        (
            {"training": {"shuffle": "maybe"}},
            "training.shuffle: got 'maybe', expected true or false",
        ),
        (
            {"training": {"learning_rate": float("inf")}},
            "training.learning_rate: got .inf (input should be a finite number), "
            "expected number (above 0)",
        ),
        ({"training": None}, "training: got null, expected section; remove the key to take its default"),
        ({"training": 5}, "training: got 5, expected section"),
        (
            {"split": {"kind": "fold"}},
            "split.kind: got 'fold', expected one of fractions, folds; did you mean 'folds'?",
        ),
        ({"split": {"kind": 3}}, "split.kind: got 3, expected one of fractions, folds"),
        ({"split": {"folds": 3}}, "split.kind: missing; expected one of fractions, folds"),
        (
            {"split": "folds"},
            "split: got 'folds', expected section with a kind (kind: fractions, folds); "
            "write {kind: folds}",
        ),
        (
            {"split": {"kind": "fractions", "fractions": [1, 1, 1]}},
            "split: the fractions sum to 3, not to 1",
        ),
        (
            {"split": {"kind": "fractions", "fractions": [0.5, "x", 0.5]}},
            "split.fractions.1: got 'x', expected number",
        ),
        (
            {"split": {"kind": "fractions", "fractions": [0.5, 0.5]}},
            "split.fractions.2: missing; expected number",
        ),
        (
            {"split": {"kind": "fractions", "fractions": [0.5, 0.5, 0, 0]}},
            "split.fractions: got [0.5, 0.5, 0, 0], expected list of 3 numbers",
        ),
        (
            {"model": {"network": {"kind": "cnn", "channels": [16, 0]}}},
            "model.network.channels.1: got 0, expected whole number (above 0)",
        ),
        (
            {"corpora": []},
            "corpora: got [], expected list of sections with a kind "
            "(at least 1 entry, each kind: folder, toy)",
        ),
        (
            {"corpora": [{"kind": "folder"}]},
            "corpora.0.path: missing; expected path - Folder of the clips.",
        ),
        (
            {"corpora": [{"kind": "folder", "path": "x", "votes": {"sad": 2}}]},
            "corpora.0.votes.sad: got 2, expected number (0 to 1)",
        ),
        (
            {"corpora": [{"kind": "toy"}, {"kind": "tot"}]},
            "corpora.1.kind: got 'tot', expected one of folder, toy; did you mean 'toy'?",
        ),
        (
            {"extra": {"kind": "toy", "speakers": 0}},
            "extra.speakers: got 0, expected whole number (at least 1)",
        ),
    ],
)  # fmt: skip
def test_each_mistake_has_its_words(
    run_config: type[StrictConfig], data: dict[str, Any], message: str
) -> None:
    assert _run(run_config, **data) == f"here: {message}"


def test_all_mistakes_are_told_at_once_under_a_heading(run_config: type[StrictConfig]) -> None:
    message = _message(run_config, {"seed": -1, "sead": 0, "training": {"epochs": "x"}})
    heading, *lines = message.split("\n")
    assert heading == "4 problems in the settings:"
    assert [line.split(": ")[1] for line in lines] == ["seed", "corpora", "training.epochs", "sead"]
    assert all(line.startswith("  here: ") for line in lines)


def test_a_long_text_is_cut(run_config: type[StrictConfig]) -> None:
    message = _run(run_config, seed="x" * 1000)
    assert len(message) < 150
    assert "xxx…'" in message


def test_what_a_validator_says_is_shown_with_the_value() -> None:
    class OddConfig(StrictConfig):
        size: int = 1

        @field_validator("size")
        @classmethod
        def check(cls, value: int) -> int:
            if value % 2 == 0:
                raise ValueError(f"must be odd: write {value + 1}")
            return value

    assert _message(OddConfig, {"size": 4}) == "here: size: got 4: must be odd: write 5"


def test_what_a_validator_says_of_a_union_is_shown_too() -> None:
    class AscendingConfig(StrictConfig):
        layers: Literal["last"] | tuple[int, ...] = "last"

        @field_validator("layers")
        @classmethod
        def check(cls, layers: str | tuple[int, ...]) -> str | tuple[int, ...]:
            if list(layers) != sorted(layers):
                raise ValueError("must ascend")
            return layers

    assert _message(AscendingConfig, {"layers": [2, 1]}) == "here: layers: got [2, 1]: must ascend"


def test_a_union_of_plain_types_is_one_mistake() -> None:
    class UnionConfig(StrictConfig):
        value: Annotated[int, Field(ge=3)] | tuple[float, ...] = 3

    message = _message(UnionConfig, {"value": ["x", "y"]})
    assert (
        message == "here: value: got [x, y], expected whole number or list of numbers (at least 3)"
    )


def test_a_mistake_at_the_root_needs_no_key(run_config: type[StrictConfig]) -> None:
    with pytest.raises(ValidationError) as caught:
        run_config.model_validate(5)
    message = describe(run_config, Document({}, {(): "here"}), caught.value.errors())
    assert message == "here: got 5, expected section"


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
    message = describe(run_config, Document(data, origins), caught.value.errors())
    assert message == (
        "x.yml: model.network.dropout: unknown key (value 0.5). Valid keys: kind, width. "
        "To drop the options of the former kind: model.network={kind: mlp}"
    )


def test_a_section_in_a_union_of_plain_types_is_one_mistake() -> None:
    class InnerConfig(StrictConfig):
        size: int

    class UnionConfig(StrictConfig):
        value: InnerConfig | str = ""

    message = _message(UnionConfig, {"value": {"sise": 3}})
    assert message == "here: value: got {sise: 3}, expected section or text"
