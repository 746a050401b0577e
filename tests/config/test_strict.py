from __future__ import annotations

import pytest
from pydantic import ValidationError

from emotion_classifier.config import StrictConfig, default_of, description_of, parse_config
from emotion_classifier.errors import ConfigError


@pytest.mark.parametrize(
    ("key", "default", "description"),
    [
        ("seed", 0, "Start of every random draw."),
        ("training.epochs", 100, "Passes over the training part."),
        # of the section's default, not of its class
        ("model.network.dropout", 0.2, "Share of channels that are dropped."),
    ],
)
def test_default_and_description_of_a_dotted_option(
    run_config: type[StrictConfig], key: str, default: object, description: str
) -> None:
    assert default_of(run_config, key) == default
    assert description_of(run_config, key) == description


def test_an_update_is_a_validated_copy(run_config: type[StrictConfig]) -> None:
    config = parse_config(run_config, {"corpora": [{"kind": "folder", "path": "a"}], "seed": 1})
    changed = config.updated(
        {"training.epochs": 3, "training.patience": None, "model.network": {"kind": "mlp"}}
    )
    expected = config.model_dump()
    expected["training"] |= {"epochs": 3, "patience": None}
    expected["model"] = {"network": {"kind": "mlp", "width": 64}}
    assert changed.model_dump() == expected
    assert type(changed) is run_config
    assert config.updated({}) == config


def test_a_section_can_be_updated_with_a_settings_object(run_config: type[StrictConfig]) -> None:
    config = parse_config(run_config, {"corpora": [{"kind": "toy"}]})
    training = default_of(run_config, "training").updated({"epochs": 7})
    assert config.updated({"training": training}).model_dump()["training"]["epochs"] == 7


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"training.epochs": 0},
            "training.epochs: got 0: Input should be greater than or equal to 1",
        ),
        ({"seed": True}, "seed: got true: Input should be a number, not true or false"),
        ({"sede": 1}, "sede: unknown key (value 1); did you mean 'seed'?"),
        ({"seed.x": 1}, "seed is the value 0, which has no key 'x'"),
    ],
)
def test_an_invalid_update_is_refused_with_its_option(
    run_config: type[StrictConfig], values: dict[str, object], message: str
) -> None:
    config = parse_config(run_config, {"corpora": [{"kind": "toy"}]})
    with pytest.raises(ConfigError) as caught:
        config.updated(values, "command line")
    assert str(caught.value).startswith(f"command line: {message}")


def test_bools_are_refused_as_numbers_in_python_too(run_config: type[StrictConfig]) -> None:
    with pytest.raises(ValidationError, match="not true or false"):
        run_config.model_validate({"corpora": [{"kind": "toy", "speakers": True}]})
    training = default_of(run_config, "training")
    assert training.updated({"shuffle": False}).shuffle is False
